import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { captureOptions, enabledCapture, parseCaptureOptions } from '#core/monitoring/capture/options.ts';

describe('ONNWARD_CAPTURE', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['false', undefined],
    ['1', {}],
    ['true', {}],
    [
      '{"percent":10,"sensitive":{"name":"hash"},"whole":true}',
      { percent: 10, sensitive: { name: 'hash' }, whole: true },
    ],
  ])('%j', (value, options) => expect(parseCaptureOptions(value)).toEqual(options));

  test.each([
    'yes',
    '{',
    '{"percent":0}',
    '{"percent":"all"}',
    '{"perSecond":0.5}',
    '{"sensitive":{"a":"hide"}}',
    '[]',
  ])('%j is refused', (value) => {
    expect(() => parseCaptureOptions(value)).toThrow(expect.objectContaining({ code: 'capture.options' }));
  });
});

test.each(['x-request-id', 'x-amzn-sagemaker-inference-id', 'X-User', ''])(
  'the header %j cannot say whom a request is of',
  (subject) => expect(v.safeParse(captureOptions, { subject }).success).toBe(false),
);

test('a field that is on has options', () => {
  expect([true, false, undefined, { percent: 5 }].map(enabledCapture)).toEqual([
    {},
    undefined,
    undefined,
    { percent: 5 },
  ]);
});
