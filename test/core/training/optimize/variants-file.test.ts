import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { parseVariants } from '#core/training/optimize/variants-file.ts';

const file = (path: string) => ({ path, size: 1, sha256: 'a'.repeat(64) });
const entry = (name: string) => ({
  name,
  method: name,
  path: `${name}/model.onnx`,
  gzip_bytes: 1,
  settings: { bits: 8 },
});
const document = (variants: readonly unknown[]) => ({
  format: 1,
  original: { bytes: 9, gzip_bytes: 8 },
  variants,
  left_out: [{ method: 'prune', reason: 'No weights.' }],
  provenance: { anything: true },
});
const left = [
  file('variants.json'),
  file('fp16/model.onnx'),
  file('fp16/model.onnx.data'),
  file('fp16-other/model.onnx'),
];

test('variants come with the files of their folders, and no others', () => {
  const found = parseVariants('digits-t1', JSON.stringify(document([entry('fp16')])), left);
  expect(found.variants.map(({ files }) => files.map(({ path }) => path))).toEqual([
    ['fp16/model.onnx', 'fp16/model.onnx.data'],
  ]);
  expect([found.original.gzip_bytes, found.left_out]).toEqual([8, [{ method: 'prune', reason: 'No weights.' }]]);
});

test('none at all is fine', () => {
  expect(parseVariants('digits-t1', JSON.stringify(document([])), left).variants).toEqual([]);
});

describe('what cannot be read', () => {
  test.each<[string, string | undefined, string]>([
    ['no file', undefined, 'the top'],
    ['no JSON', '{', 'the top'],
    ['another format', JSON.stringify({ ...document([]), format: 2 }), 'format'],
    ['a name that is a path', JSON.stringify(document([{ ...entry('fp16'), name: '../fp16' }])), 'variants.0.name'],
    ['a graph that was not left', JSON.stringify(document([entry('int8')])), 'int8/model.onnx'],
    [
      "a graph of another's folder",
      JSON.stringify(document([{ ...entry('fp16'), path: 'fp16-other/model.onnx' }])),
      'fp16-other/model.onnx',
    ],
  ])('%s is told with its place', (_, content, where) => {
    const message = `digits-t1 has left no variants that can be read: variants.json is not right at ${where}.`;
    expect(() => parseVariants('digits-t1', content, left)).toThrow(message);
  });

  test('is refused by its code, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `{"format":1,"variants":${json}}`),
        ),
        (content) => {
          try {
            parseVariants('digits-t1', content, left);
            expect.unreachable();
          } catch (error) {
            expect(error).toBeInstanceOf(OnnwardError);
            expect((error as OnnwardError).code).toBe('training.no_variant');
          }
        },
      ),
    );
  });
});
