import { describe, expect, test } from 'vitest';
import { refusalOf } from '#adapters/aws/api/refusal.ts';

const url = 'https://abc.execute-api.eu-west-1.amazonaws.com/v2/models/iris';

describe('an answer that is no prediction', () => {
  test.each([
    [401, 'Unauthorized', 'remote.unauthorized', 'ONNWARD_TOKEN'],
    [403, 'Forbidden', 'remote.forbidden', 'execute-api:Invoke'],
    [403, 'Missing Authentication Token', 'remote.forbidden', 'execute-api:Invoke'],
    [404, 'Not Found', 'remote.no_route', 'onnward status'],
    [413, 'Request Entity Too Large', 'remote.too_large', 'fewer rows'],
    [429, 'Too Many Requests', 'remote.throttled', 'api.throttle'],
    [500, 'Internal Server Error', 'remote.crashed', 'memory'],
    [503, 'Service Unavailable', 'remote.no_answer', 'memory'],
    [504, 'Endpoint request timed out', 'remote.no_answer', 'memory'],
  ])('of API Gateway itself says what is meant: %d %s', (status, message, code, fix) => {
    expect(refusalOf(status, JSON.stringify({ message }), url)).toMatchObject({
      code,
      message: expect.stringContaining(`answers ${status} ("${message}")`),
      fix: expect.stringContaining(fix),
      fields: { status, url },
    });
  });

  test.each([
    [400, 'invalid'],
    [503, 'unavailable'],
  ])('of the protocol keeps its words: %d', (status, kind) => {
    expect(refusalOf(status, '{"error":"no row"}', url)).toMatchObject({
      code: 'remote.refused',
      kind,
      message: `${url} refuses the request: no row`,
    });
  });

  test.each(['', '<html>nginx</html>', 'null', '[]', '"x"', '{"message":7}', '{"error":{}}'])(
    'of something else is told by its status and its beginning: %s',
    (body) => {
      const { code, message } = refusalOf(418, body, url);
      expect({ code, message }).toEqual({
        code: 'remote.unexpected',
        message: `${url} answers 418 (${JSON.stringify(body)}): its answer is none of the protocol.`,
      });
    },
  );

  test('is never shown in full', () => {
    expect(refusalOf(502, 'x'.repeat(10_000), url).message.length).toBeLessThan(400);
  });
});
