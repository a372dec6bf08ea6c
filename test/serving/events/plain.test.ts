import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventHeaders, EventRequest, responseOf } from '#serving/events/plain.ts';

/** What a class makes of headers: their entries, or that it refuses them. */
function entriesOf(Headers: new () => EventHeaders | globalThis.Headers, pairs: readonly [string, string][]) {
  try {
    const headers = new Headers();
    for (const [name, value] of pairs) headers.append(name, value);
    return [...headers].sort(([a], [b]) => (a < b ? -1 : 1));
  } catch (error) {
    return (error as Error).name;
  }
}

test('headers are those of the web, and refused where the web refuses them', () => {
  const name = fc.oneof(fc.constantFrom('a', 'A', 'X-B', 'x-b', 'ü', '', 'a b', 'a:'), fc.string({ maxLength: 3 }));
  const part = fc.constantFrom('v', ' ', '\t', '\n', '\r', '\0', '\x7f', 'é', '漢', ',', '');
  const value = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (pairs) => {
      expect(entriesOf(EventHeaders, pairs)).toEqual(entriesOf(Headers, pairs));
    }),
    { numRuns: 2000 },
  );
});

test('a header is found, set and deleted by its name in any case', () => {
  const headers = new EventHeaders();
  headers.set('Content-Type', 'a');
  headers.set('content-type', 'b');
  expect([headers.get('CONTENT-TYPE'), headers.get('other')]).toEqual(['b', null]);
  headers.delete('Content-type');
  expect([...headers]).toEqual([]);
});

describe('a request', () => {
  const headers = new EventHeaders();
  headers.set('x-a', '1');

  test('becomes one of the web, with all that it has', async () => {
    const body = Buffer.from('{}');
    const request = new EventRequest('https://h/a/../b?c', { method: 'POST', headers, body }).toWeb();
    expect([request.method, request.url, request.headers.get('x-a')]).toEqual(['POST', 'https://h/b?c', '1']);
    expect(await request.text()).toBe('{}');
  });

  test.each(['https://', 'https://[/', 'no url'])('is none at %s', (url) => {
    expect(() => new EventRequest(url, { method: 'GET', headers, body: undefined })).toThrow(TypeError);
  });

  test.each(['TRACE', 'a b'])('is none of the web with the method %s', (method) => {
    expect(() => new EventRequest('https://h/', { method, headers, body: undefined }).toWeb()).toThrow(TypeError);
  });
});

test.each([
  ['text', 'é'],
  ['bytes', Buffer.from('é')],
])('a response of %s gives both', async (_, body) => {
  const response = responseOf({ status: 201, headers: { 'x-a': '1' }, body });
  expect([response.status, response.ok, [...response.headers]]).toEqual([201, true, [['x-a', '1']]]);
  expect(await response.text()).toBe('é');
  expect(Buffer.from((await response.arrayBuffer()) as Uint8Array)).toEqual(Buffer.from('é'));
  expect(responseOf({ status: 300, headers: {}, body }).ok).toBe(false);
});
