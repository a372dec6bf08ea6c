import { expect, test } from 'vitest';
import { OnnwardError, type ErrorKind } from '#core/errors.ts';
import { errorResponse } from '#serving/status.ts';

const of = (kind: ErrorKind, fix?: string) =>
  errorResponse(new OnnwardError('it is 7, the limit is 5', { code: 'a.b', kind, ...(fix && { fix }) }), 'id-1');

test.each<[ErrorKind, number]>([
  ['invalid', 400],
  ['not-found', 404],
  ['conflict', 409],
  ['too-large', 413],
  ['unsupported-type', 415],
  ['overloaded', 429],
  ['unavailable', 503],
  ['deadline', 504],
  ['corrupt', 500],
  ['internal', 500],
])('%s is %i', (kind, status) => {
  const { headers, ...rest } = of(kind);
  expect(rest).toEqual({ status, body: '{"error":"it is 7, the limit is 5"}' });
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-request-id': 'id-1' });
  expect(headers['retry-after']).toBe(status === 429 || status === 503 ? '1' : undefined);
});

test('the next step is said', () => {
  expect(of('invalid', 'send less').body).toBe('{"error":"it is 7, the limit is 5: send less"}');
});

test.each([new TypeError('payload 5.1,3.5 at /srv/secret.ts'), 'text', undefined, null, { message: 'x' }])(
  'anything else gives nothing away: %s',
  (thrown) => {
    const { status, body } = errorResponse(thrown, 'id');
    expect([status, body]).toEqual([500, '{"error":"the server failed to answer this request"}']);
  },
);
