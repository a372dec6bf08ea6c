import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { readBaseline } from '#core/monitoring/baseline/read-baseline.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import { trainedRows } from '#core/training/trained-rows.ts';
import type { Training } from '#core/training/training.ts';
import type { TrainedVersion } from '#core/training/world.ts';
import { registerVersion } from '../../../functions/training/register.ts';
import { newFolder } from '../../support/folders.ts';

const KEY = 'training/iris-t1/model/baseline.csv';
const IRIS = fileURLToPath(new URL('../../../examples/iris/', import.meta.url));

const training = (hyperparameters: Record<string, string> = {}) =>
  ({ training: 'iris-t1', model: 'iris', options: { hyperparameters } }) as unknown as Training;

describe('how a trainer’s rows are read', () => {
  const world = (evaluation?: EvaluationOptions) => ({
    store: { url: 'file:/data' } as ObjectStore,
    releaseOptionsOf: () => (evaluation ? { evaluation } : {}),
  });

  test('as the held-out rows are, as far as they are alike', () => {
    const evaluation = { data: 'h.csv', label: 'species', drop: ['id'], missing: 'nan' } as const;
    expect(trainedRows(world({ ...evaluation, drop: ['id'] }), training(), KEY, {})).toMatchObject({
      data: `file:/data/${KEY}`,
      label: ['species'],
      lenient: true,
      drop: ['id'],
      missing: 'nan',
    });
  });

  test('with the truth where the configuration, the trainer’s options or the trainer say', () => {
    const { label } = trainedRows(world({ data: 'h.csv', label: 'a' }), training({ label: 'b' }), KEY, {
      label: 'd',
      hyperparameters: { label: 'c' },
    });
    expect(label).toStrictEqual(['a', 'b', 'c', 'd']);
    expect(trainedRows(world(), training(), KEY, { hyperparameters: { label: 3 } }).label).toStrictEqual([]);
  });

  test('without what is sensitive in live rows', () => {
    const profiling = { sensitive: { age: 'drop' }, hidden: 'layer', output: 'label' } as const;
    expect(trainedRows({ ...world(), profilingOf: () => profiling }, training(), KEY, {})).toMatchObject(profiling);
  });
});

describe('registering what was trained', () => {
  let store: ObjectStore;
  let folder: string;
  let register: (rows: string, options?: object) => ReturnType<typeof registerVersion>;

  beforeEach(async () => {
    store = await openStore(`file:${newFolder()}`);
    folder = newFolder();
    copyFileSync(join(IRIS, 'model.onnx'), join(folder, 'model.onnx'));
    const registry = new Registry(store, { clock: Date.now, actor: 'test' });
    const reading = { store, formats: formats(store), inputs: keepInputs(), now: () => performance.now() };
    register = (rows, options = {}) => {
      const path = store.localPath!(KEY);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, rows);
      const world = { store, releaseOptionsOf: () => ({}) };
      const version: TrainedVersion = {
        name: 'iris',
        folder,
        golden: [],
        labels: readFileSync(join(IRIS, 'labels.txt'), 'utf8'),
        baseline: { path: 'baseline.csv', key: KEY },
        rows: { ...trainedRows(world, training({ label: 'species' }), KEY, {}), ...options },
        provenance: {},
        why: 'trained',
      };
      return registerVersion({ registry, engine: createEngine({ workers: 0 }), ...reading }, version);
    };
  });

  const ROWS = readFileSync(join(IRIS, 'heldout.csv'), 'utf8');

  test('profiles its rows', async () => {
    const manifest = await register(ROWS);
    expect(manifest.baseline).toMatchObject({
      path: 'baseline.csv',
      key: KEY,
      profile: { rows: 45, label: 'species' },
    });
    expect((await readBaseline(store, manifest))?.profile.truth?.rows).toBe(45);
  });

  test.each([
    ['other columns', 'a,b\n1,2\n', {}, /do not fit iris.*baseline\.columns/s],
    ['no rows', `${ROWS.split('\n')[0]}\n`, {}, /baseline\.empty/],
    ['a layer that there is not', ROWS, { hidden: 'layer_9' }, /computes no tensor 'layer_9'.*model\.no_tensor/s],
  ])('goes on without a profile of %s, and says why', async (_, rows, options, why) => {
    const manifest = await register(rows, options);
    expect(manifest.version).toBe(1);
    expect(manifest.baseline).toMatchObject({ path: 'baseline.csv', key: KEY, why: expect.stringMatching(why) });
    expect(manifest.baseline?.profile).toBeUndefined();
  });
});
