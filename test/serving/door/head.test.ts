import { assert, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHead } from '#serving/door/head.ts';

const head = (...lines: string[]): string => ['POST /v2/models/iris/infer HTTP/1.1', ...lines].join('\r\n');
const HOST = 'Host: localhost:8080';
const LENGTH = 'Content-Length: 12';

describe('the head of an inference request', () => {
  it('is read with its model, version, length and headers by lower-case name', () => {
    const text = head(HOST, LENGTH, 'X-Request-Id:  a b\t', 'Empty:').replace('iris', 'my.model-2/versions/live');
    expect(readHead(text)).toEqual({
      model: 'my.model-2',
      version: 'live',
      bodyBytes: 12,
      headers: new Map([
        ['host', 'localhost:8080'],
        ['content-length', '12'],
        ['x-request-id', 'a b'],
        ['empty', ''],
      ]),
    });
  });

  it('may say keep-alive', () => {
    expect(readHead(head(HOST, LENGTH, 'Connection: Keep-Alive'))?.bodyBytes).toBe(12);
  });
});

describe("what is left to Node's own parser", () => {
  it.each([
    ['another verb', head(HOST, LENGTH).replace('POST', 'GET')],
    ['another route', head(HOST, LENGTH).replace('infer', 'ready')],
    ['HTTP/1.0', head(HOST, LENGTH).replace('/1.1', '/1.0')],
    ['an absolute target', head(HOST, LENGTH).replace('/v2', 'http://a/v2')],
    ['a query', head(HOST, LENGTH).replace('infer', 'infer?a=1')],
    ['a percent-encoded name', head(HOST, LENGTH).replace('iris', 'ir%69s')],
    ['a bare line feed', head(HOST, LENGTH).replace('\r\nContent', '\nContent')],
    ['a folded header', head(HOST, LENGTH, 'A: b', ' c')],
    ['a space before the colon', head(HOST, 'Content-Length : 12')],
    ['a line without a colon', head(HOST, LENGTH, 'nonsense')],
    ['a control character', head(HOST, LENGTH, 'A: b\u0000c')],
    ['bytes beyond ASCII', head(HOST, LENGTH, 'A: é')],
    ['no host', head(LENGTH)],
    ['no length', head(HOST)],
    ['two lengths', head(HOST, LENGTH, 'content-length: 12')],
    ['a list of lengths', head(HOST, 'Content-Length: 12, 12')],
    ['a signed length', head(HOST, 'Content-Length: +12')],
    ['a length in hexadecimal', head(HOST, 'Content-Length: 0x0c')],
    ['no length at all', head(HOST, 'Content-Length:')],
    ['a chunked body', head(HOST, LENGTH, 'Transfer-Encoding: chunked')],
    ['an expectation', head(HOST, LENGTH, 'Expect: 100-continue')],
    ['a preference', head(HOST, LENGTH, 'Prefer: respond-async')],
    ['an upgrade', head(HOST, LENGTH, 'Upgrade: h2c')],
    ['a connection to close', head(HOST, LENGTH, 'Connection: close')],
    ['a connection with more to say', head(HOST, LENGTH, 'Connection: keep-alive, x')],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(readHead(text)).toBeUndefined();
  });

  it('anything at all, without an exception', () => {
    assert(
      property(string({ unit: 'binary' }), nat(80), (noise, at) => {
        const text = head(HOST, LENGTH);
        const read = readHead(text.slice(0, at) + noise + text.slice(at));
        expect(read === undefined || read.bodyBytes >= 0).toBe(true);
        expect(readHead(noise)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});
