import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attemptKey,
  bodyKey,
  contentKey,
  isExpired,
  isRequestName,
  KEPT_MS,
  maxRequestBytes,
  newRequest,
  parseRequest,
  parseResponse,
  recordBytes,
  requestKey,
  requestOfBody,
  responseKey,
} from '#core/batch/requests.ts';
import { checkKey } from '#core/model/keys.ts';

const name = { model: 'iris', id: '0123456789abcdef0123456789abcdef' };
const NOW = Date.parse('2026-11-22T10:00:00Z');

test('everything of a request lies below its own prefix', () => {
  const prefix = `batch/requests/iris/${name.id}/`;
  expect([requestKey, bodyKey, responseKey].map((keyOf) => keyOf(name))).toEqual([
    `${prefix}request.json`,
    `${prefix}body`,
    `${prefix}response.json`,
  ]);
  expect([attemptKey(name, 2), contentKey(name, 2)]).toEqual([`${prefix}attempts/2`, `${prefix}responses/2`]);
});

describe('names', () => {
  test.each([
    ['..', name.id],
    ['Iris', name.id],
    ['', name.id],
    ['a/b', name.id],
    ['iris', ''],
    ['iris', '..'],
    ['iris', '../../../models/iris'],
    ['iris', name.id.toUpperCase()],
    ['iris', `${name.id}0`],
    ['iris', `${name.id}\n`],
    ['iris', `${name.id}/`],
    ['iris', '%2e%2e'],
  ])('%s and %s name no request', (model, id) => expect(isRequestName({ model, id })).toBe(false));

  test('what names one has keys that a store takes, whatever it is', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('iris', name.id, '..', '.', '/'));
    fc.assert(
      fc.property(anything, anything, (model, id) => {
        if (!isRequestName({ model, id })) return;
        checkKey(bodyKey({ model, id }));
        expect(bodyKey({ model, id }).split('/')).toHaveLength(5);
      }),
    );
    expect(isRequestName(name)).toBe(true);
  });

  test('are read of the key of a body, and of no other key', () => {
    expect(requestOfBody(bodyKey(name))).toEqual(name);
    const others = [requestKey(name), responseKey(name), attemptKey(name, 1), contentKey(name, 1)];
    const odd = [
      `x${bodyKey(name)}`,
      `${bodyKey(name)}/`,
      `${bodyKey(name)}\n`,
      '',
      `batch/requests/../${name.id}/body`,
    ];
    for (const key of [...others, ...odd, 'batch/in/iris/body'])
      expect([key, requestOfBody(key)]).toEqual([key, undefined]);
  });

  test('whatever the key, without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (noise, at) => {
        const key = bodyKey(name);
        const read = requestOfBody(key.slice(0, at) + noise + key.slice(at));
        expect(read === undefined || isRequestName(read)).toBe(true);
      }),
    );
  });
});

describe('records', () => {
  const sent: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': '12',
    'x-request-id': 'trace',
    authorization: 'Bearer secret',
    cookie: 'secret',
    'accept-encoding': 'gzip',
  };
  const record = newRequest({ name: 'iris', version: 3 }, (header) => sent[header], NOW);

  test('have the headers that say how the body is read, and none that says who sent it', () => {
    expect(record).toEqual({
      format: 1,
      model: { name: 'iris', version: 3 },
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': '12',
        'x-request-id': 'trace',
      },
      createdAt: '2026-11-22T10:00:00.000Z',
      expiresAt: '2026-11-23T10:00:00.000Z',
    });
  });

  test('are read as they were written', () => {
    const response = {
      format: 1,
      status: 400,
      headers: { a: 'b' },
      size: 3,
      attempt: 1,
      answeredAt: record.createdAt,
      expiresAt: record.expiresAt,
    } as const;
    const stored = (bytes: Uint8Array) => ({ bytes, etag: '' });
    expect(parseRequest(stored(recordBytes(record)))).toEqual(record);
    expect(parseResponse(stored(recordBytes(response)))).toEqual(response);
    expect(() => parseResponse(stored(recordBytes(record)))).toThrow('status');
    expect(() => parseRequest(stored(Buffer.from('{')))).toThrow();
  });

  test('expire after a day, to the millisecond', () => {
    expect(isExpired(record, NOW + KEPT_MS - 1)).toBe(false);
    expect(isExpired(record, NOW + KEPT_MS)).toBe(true);
  });
});

test('a body may be as large as the memory has room for what becomes of it', () => {
  expect([512, 1769, 10_240].map((memory) => Math.floor(maxRequestBytes(memory) / 2 ** 20))).toEqual([56, 192, 192]);
});
