import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRecorded, encodeRecorded, recordedIn } from '#core/release/shadow/recording.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';

const requests: fc.Arbitrary<RecordedRequest> = fc.record({
  at: fc.nat(),
  version: fc.integer({ min: 1, max: 1_000_000 }),
  request: fc.string({ unit: 'binary' }),
  response: fc.string({ unit: 'binary' }),
  ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
});

const ONE: RecordedRequest = { at: 1, version: 2, request: '{}', response: '{"outputs":[]}', ms: 3.5 };

test('a line says the same as the request, whatever is in it, and is one line', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const line = encodeRecorded(request);
      expect(line).not.toMatch(/[\r\n]/);
      expect(decodeRecorded(line)).toEqual({ ...request, ms: request.ms === 0 ? 0 : request.ms });
    }),
    { numRuns: 500 },
  );
});

test('fields that somebody else has added are left out', () => {
  expect(decodeRecorded(JSON.stringify({ ...ONE, client: 'secret' }))).toEqual(ONE);
});

test.each([
  ['nothing', ''],
  ['no JSON', 'x'],
  ['half a line', encodeRecorded(ONE).slice(0, -5)],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '7'],
  ['no time', JSON.stringify({ ...ONE, at: '1' })],
  ['a time before all', JSON.stringify({ ...ONE, at: -1 })],
  ['a time that is none', '{"at":1e999,"version":2,"request":"","response":"","ms":1}'],
  ['no version', JSON.stringify({ ...ONE, version: undefined })],
  ['version 0', JSON.stringify({ ...ONE, version: 0 })],
  ['half a version', JSON.stringify({ ...ONE, version: 1.5 })],
  ['a request that is no text', JSON.stringify({ ...ONE, request: {} })],
  ['no response', JSON.stringify({ ...ONE, response: null })],
  ['no milliseconds', JSON.stringify({ ...ONE, ms: null })],
  ['a line beyond all measure', JSON.stringify({ ...ONE, request: 'x'.repeat(16 * 2 ** 20) })],
])('%s is no recorded request', (_, line) => {
  expect(decodeRecorded(line)).toBeUndefined();
});

test('whatever a file holds, each line is a request, or bad, or empty', async () => {
  const lines = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    requests.map(encodeRecorded),
    requests.map((request) => encodeRecorded(request).slice(1)),
    fc.constant('  '),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(lines), async (file) => {
      let bad = 0;
      const found = await Array.fromAsync(recordedIn(file, () => bad++));
      expect(found.length + bad).toBe(file.filter((line) => line.trim() !== '').length);
      expect(found).toEqual(file.map(decodeRecorded).filter((request) => request !== undefined));
    }),
    { numRuns: 300 },
  );
});
