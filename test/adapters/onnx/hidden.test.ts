import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { loadWithOutput } from '#adapters/onnx/hidden.ts';
import { fixture, floats } from '../../support/models.ts';

const engine = createEngine({ workers: 0 });
const DIGITS = fileURLToPath(new URL('../../../examples/digits/model.onnx', import.meta.url));
const digits = { folder: dirname(DIGITS), graph: 'model.onnx', files: [] };

const folder = mkdtempSync(join(tmpdir(), 'hidden-test-'));
vi.stubEnv('TMPDIR', folder);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const left = (): string[] => readdirSync(folder).filter((name) => name.startsWith('onnward-'));

test('a hidden layer is the last output, and the others are as they were', async () => {
  const plain = await engine.load(digits);
  const open = await loadWithOutput(engine, digits, 'next_activations1');
  const image = floats(
    [1, 1, 8, 8],
    Array.from({ length: 64 }, (_, index) => index % 17),
  );
  const [label, probabilities] = await plain.infer([image]);
  const answer = await open.infer([image]);
  expect(open.signature.outputs.map(({ name }) => name)).toStrictEqual(['label', 'probabilities', 'next_activations1']);
  expect(answer.slice(0, 2)).toStrictEqual([label, probabilities]);
  expect(answer[2]?.shape).toStrictEqual([1, 64]);
  expect(Array.from(answer[2]?.data as Float32Array).every((value) => value >= 0)).toBe(true); // behind a ReLU
  await plain.close();
  await open.close();
  expect(left()).toStrictEqual([]);
});

test('weights that lie beside the graph come along', async () => {
  const files = fixture('external_data');
  const { signature } = await engine.load(files);
  const same = signature.outputs[0]?.name as string;
  const open = await loadWithOutput(engine, files, same);
  expect(open.signature.outputs).toStrictEqual(signature.outputs);
  await open.close();
});

test('an unknown tensor leaves nothing behind', async () => {
  await expect(loadWithOutput(engine, digits, 'embedding')).rejects.toMatchObject({ code: 'model.no_tensor' });
  expect(left()).toStrictEqual([]);
});
