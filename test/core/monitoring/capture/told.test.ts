import { expect, test } from 'vitest';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { toldBy } from '#core/monitoring/capture/told.ts';
import type { Datatype } from '#core/model/datatypes.ts';

const side = (data: string) => ({ observedContentType: 'text/csv', encoding: 'CSV', data });
const foreign = readLine(
  'iris',
  JSON.stringify({
    captureData: { endpointInput: side('6.3,2'), endpointOutput: side('7') },
    eventMetadata: { eventId: 'f-1', inferenceTime: '2026-11-23T07:30:00Z' },
  }),
)!;
const spec = (name: string, datatype: Datatype = 'FP32') => ({ name, datatype, shape: [-1, 2] });

test('a table that tells no tensor is the only input, and the only output', () => {
  const { inputs, outputs } = toldBy({ inputs: [spec('features')], outputs: [spec('label', 'BYTES')] }, foreign);
  expect(inputs).toEqual([{ name: 'features', datatype: 'FP32', shape: [1, 2], data: [6.3, 2] }]);
  expect(outputs).toEqual([{ name: 'label', datatype: 'BYTES', shape: [1, 1], data: ['7'] }]);
});

test('of several nobody knows which one it is, and a line of ours tells', () => {
  const signature = { inputs: [spec('a'), spec('b')], outputs: [spec('c'), spec('d')] };
  expect(toldBy(signature, foreign)).toEqual(foreign);
  const own = { ...foreign, version: 1 };
  expect(toldBy({ inputs: [spec('a')], outputs: [spec('c')] }, own)).toBe(own);
});
