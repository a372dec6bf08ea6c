import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { lineFor, named } from './events.ts';

const side = (mode: string, data: string, encoding = 'CSV', observedContentType = 'text/csv') => ({
  observedContentType,
  mode,
  data,
  encoding,
});
const foreign = (endpointInput: unknown, endpointOutput: unknown = side('OUTPUT', '1\n')): string =>
  JSON.stringify({
    captureData: { endpointInput, endpointOutput },
    eventMetadata: { eventId: 'f-1', inferenceTime: '2026-11-23T07:30:00Z' },
    eventVersion: '0',
  });
const inputOf = (line: string) => readLine('iris', line)?.inputs[0];

describe('a line of Model Monitor itself', () => {
  test('is read where it is CSV', () => {
    expect(readLine('iris', foreign(side('INPUT', '6.3,a,,2\n1,b,3,"4"')))).toEqual({
      id: 'f-1',
      at: Date.UTC(2026, 10, 23, 7, 30),
      model: 'iris',
      version: 0,
      target: '',
      rows: 2,
      inputs: [{ name: 'input', datatype: 'BYTES', shape: [2, 4], data: [6.3, 'a', null, '2', 1, 'b', 3, '4'] }],
      outputs: [{ name: 'output', datatype: 'FP64', shape: [1, 1], data: [1] }],
    });
  });

  test('is read where it is CSV in base64, or JSON in the words of the Open Inference Protocol', () => {
    const csv = side('INPUT', Buffer.from('1,2').toString('base64'), 'BASE64', 'text/csv; charset=utf-8');
    expect(inputOf(foreign(csv))?.data).toEqual([1, 2]);
    const json = '{"inputs":[{"name":"x","datatype":"INT64","shape":[2],"data":[1,"9007199254740993"]}]}';
    expect(inputOf(foreign(side('INPUT', json, 'JSON')))?.data).toEqual([1, '9007199254740993']);
    const packed = side('INPUT', Buffer.from(json).toString('base64'), 'BASE64', 'application/json');
    expect(inputOf(foreign(packed))?.name).toBe('x');
  });

  test('may have one side alone', () => {
    expect(readLine('iris', foreign(undefined))).toMatchObject({ rows: 1, inputs: [], outputs: [{ data: [1] }] });
  });

  test.each([
    ['JSON of another kind', side('INPUT', '{"instances":[[1,2]]}', 'JSON')],
    ['rows of different lengths', side('INPUT', '1,2\n3')],
    ['an image', side('INPUT', 'AAAA', 'BASE64', 'image/png')],
    ['an encoding that is none', side('INPUT', '1', 'XML')],
    [
      'more rows than there can be',
      side('INPUT', '{"inputs":[{"name":"x","datatype":"FP32","shape":[1073741824,0],"data":[]}]}', 'JSON'),
    ],
    ['no text', { ...side('INPUT', ''), data: 7 }],
  ])('is not read where it is %s', (_, input) => expect(readLine('iris', foreign(input))).toBeUndefined());
});

const line = lineFor([named('features', 'FP32', [2, 2], [1, 2, 3, 4])], [named('label', 'INT64', [2], [2n, 0n])]);
// oxlint-disable-next-line typescript/no-explicit-any -- lines are changed in ways that no type allows
type Changed = Record<string, any>;
const changed = (change: (value: Changed) => void): string => {
  const value = JSON.parse(line) as Changed;
  change(value);
  return JSON.stringify(value);
};

describe('a line of ours is not read where', () => {
  test.each<[string, string]>([
    ['it is cut short', line.slice(0, -1)],
    ['it is nothing', ''],
    ['it is of another model', changed(({ onnward }) => (onnward.model = 'siri'))],
    ['it is of a later format', changed(({ onnward }) => (onnward.format = 2))],
    ['it has no version', changed(({ onnward }) => delete onnward.version)],
    ['its rows are none', changed(({ onnward }) => (onnward.rows = 0))],
    ['its rows are others', changed(({ onnward }) => (onnward.rows = 3))],
    ['its rows are more than there can be', changed(({ onnward }) => (onnward.rows = Number.MAX_SAFE_INTEGER))],
    [
      'nothing is of its rows',
      changed((value) => {
        value.captureData = {};
        value.onnward.rows = 2 ** 30;
        delete value.onnward.inputs;
        delete value.onnward.outputs;
      }),
    ],
    ['its shape is another', changed(({ onnward }) => (onnward.inputs[0].shape = [2, 3]))],
    ['its shape is none', changed(({ onnward }) => (onnward.inputs[0].shape = [-2, -2]))],
    ['its datatype is none', changed(({ onnward }) => (onnward.inputs[0].datatype = 'toString'))],
    ['its tensors are none', changed(({ onnward }) => (onnward.inputs = 'all'))],
    ['a number is none', changed(({ captureData }) => (captureData.endpointInput.data = '1,2\n3,x'))],
    ['a row is missing', changed(({ captureData }) => (captureData.endpointInput.data = '1,2'))],
    ['what is redacted is not said', changed(({ onnward }) => (onnward.redacted = { features: 'shred' }))],
    ['its subject is none', changed(({ onnward }) => (onnward.subject = 7))],
    ['its time is none', changed(({ eventMetadata }) => (eventMetadata.inferenceTime = 'yesterday'))],
    ['it has no id', changed(({ eventMetadata }) => delete eventMetadata.eventId)],
  ])('%s', (_, text) => expect(readLine('iris', text)).toBeUndefined());
});

test('whatever is read is an event or nothing, and never throws', () => {
  const value = fc.anything({
    maxDepth: 4,
    key: fc.constantFrom('captureData', 'endpointInput', 'data', 'onnward', 'shape'),
  });
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: line.length }), fc.string(), (any, at, text) => {
      const mutated = line.slice(0, at) + text + line.slice(at + text.length);
      for (const each of [JSON.stringify(any) ?? '', text, mutated]) {
        const event = readLine('iris', each);
        if (event === undefined) continue;
        for (const { data, shape } of [...event.inputs, ...event.outputs]) {
          expect(data?.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
      }
    }),
    { numRuns: 500 },
  );
});
