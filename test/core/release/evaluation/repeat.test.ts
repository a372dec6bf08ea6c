import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { loadEvidence, loadRows } from '#core/release/evaluation/load-evidence.ts';
import { planEvaluation } from '#core/release/evaluation/plan-evaluation.ts';
import { readReceipts } from '#core/release/evaluation/receipts.ts';
import { reduceEvaluation, walkRows } from '#core/release/evaluation/reduce.ts';
import { scoreEvaluationShard } from '#core/release/evaluation/score-shard.ts';
import type { Format } from '#core/scoring/format.ts';
import type { Release } from '#core/release/release.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import { newFolder } from '../../../support/folders.ts';
import { type Death, mortal, untilDone } from '../../batch/support/mortal.ts';
import {
  contentOf,
  evaluateRelease,
  example,
  fixtureFile,
  newPlace,
  type Place,
  planOf,
  releaseOf,
  shardsOf,
} from './support/place.ts';
import { exampleTable, parquetOf, repeated } from './support/tables.ts';

let place: Place;
let release: Release;
let undisturbed: Record<string, string>;
let writes: number;

/** A clock of which each look takes 100 ms. */
function ticking(): () => number {
  let now = 0;
  return () => (now += 100);
}

/** A release of six shards, with a store of its own and its user's deaths. */
async function run(deaths: readonly Death[], work: (world: ReleaseWorld) => Promise<unknown>) {
  const { store, writes } = mortal(await openStore(`file:${join(newFolder(), 'store')}`), deaths);
  await work({ ...place.world, store });
  return { store, writes: writes(), left: await contentOf(store, release) };
}

const whole = (world: ReleaseWorld) => untilDone(() => evaluateRelease(world, release));

beforeAll(async () => {
  place = await newPlace({ now: ticking() });
  const { parquet, ...others } = place.world.formats;
  // A shard for each row group, though they are small.
  const cut: Format['cut'] = (source, options) => parquet.cut(source, { ...options, partBytes: 1 });
  place = { ...place, world: { ...place.world, formats: { ...others, parquet: { ...parquet, cut } } } };
  const labels = { probabilities: ['setosa', 'versicolor', 'virginica'] };
  await place.register('iris', fixtureFile('mlp_rows'));
  await place.register('iris', join(example('iris'), 'model.onnx'), { labels });
  const iris = repeated(exampleTable('iris', ['species']), 10);
  const species = iris['species']!.map((name, row) => (row % 100 === 9 ? 'none' : name));
  const writer = species.map((_, row) => (row < 200 ? row % 5 : row % 7));
  const data = place.file('iris.parquet', parquetOf({ ...iris, species, writer }, 75));
  const evaluation = { data, label: 'species', slices: ['writer'] };
  release = releaseOf('iris', evaluation, { version: 2, champion: 1 });
  ({ left: undisturbed, writes } = await run([], whole));
});

test('an undisturbed evaluation has six shards, each with rows and a receipt', () => {
  const keys = Object.keys(undisturbed);
  expect(keys.filter((key) => /rows\/\d{6}\.bin$/.test(key))).toHaveLength(6);
  expect(keys.filter((key) => /receipts\/\d{6}\.json$/.test(key))).toHaveLength(6);
  expect(writes).toBe(15);
});

describe('whoever is killed and starts anew leaves the very same bytes:', () => {
  test.each([false, true])('at every write once (done by then: %s)', async (done) => {
    for (let write = 0; write < writes; write++) {
      const { left } = await run([{ write, done }], whole);
      expect(left, `killed at write ${write}`).toEqual(undisturbed);
    }
  });

  test('at any writes, again and again', async () => {
    const deaths = fc.uniqueArray(fc.record({ write: fc.nat(40), done: fc.boolean() }), {
      selector: ({ write }) => write,
      maxLength: 15,
    });
    await fc.assert(
      fc.asyncProperty(deaths, async (some) => {
        expect((await run(some, whole)).left).toEqual(undisturbed);
      }),
      { numRuns: 5 },
    );
  });
});

test('shards in any order, some twice and some at once, leave the very same bytes', async () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
  await fc.assert(
    fc.asyncProperty(order, fc.array(fc.nat(5), { maxLength: 4 }), async (some, again) => {
      const { left } = await run([], async (world) => {
        await Promise.all([planEvaluation(world, release), planEvaluation(world, release)]);
        const shards = await shardsOf(world.store, release);
        const score = (index: number) => scoreEvaluationShard(world, release, shards[index]!);
        await Promise.all([...some.slice(0, 2), ...again].map(score));
        for (const index of some) await score(index);
        const reduce = () => reduceEvaluation({ ...world, now: ticking() }, release);
        await Promise.all([reduce(), reduce()]);
      });
      expect(left).toEqual(undisturbed);
    }),
    { numRuns: 6 },
  );
});

test('a shard that is not scored is missed', async () => {
  const unscored = run([], async (world) => {
    await planEvaluation(world, release);
    for (const shard of (await shardsOf(world.store, release)).slice(2))
      await scoreEvaluationShard(world, release, shard);
    await reduceEvaluation(world, release);
  });
  await expect(unscored).rejects.toMatchObject({ code: 'evaluation.unscored', fields: { missing: 2, shards: 6 } });
});

describe('rows that are not what was written are refused:', () => {
  const spoiled = async (spoil: (bytes: Buffer) => Uint8Array): Promise<unknown> => {
    const { store } = await run([], whole);
    const key = 'releases/iris-r1/evaluation/rows/000003.bin';
    await store.put(key, spoil(Buffer.from((await store.get(key))!.bytes)));
    return loadEvidence({ store }, release);
  };

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['a bit', (bytes) => bytes.fill(bytes.at(-9)! ^ 1, bytes.length - 9, bytes.length - 8)],
    ['the first byte', (bytes) => bytes.fill(7, 0, 1)],
    ['how many rows', (bytes) => bytes.fill(bytes[4]! - 1, 4, 5)],
    ['a text', (bytes) => bytes.fill(0x7d, 17, 18)],
    ['cut off', (bytes) => bytes.subarray(0, -1)],
    ['something behind it', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    ['twice', (bytes) => Buffer.concat([bytes, bytes])],
    ['none', () => new Uint8Array()],
  ])('%s', async (_, spoil) => {
    await expect(spoiled(spoil)).rejects.toMatchObject({ code: 'store.corrupt' });
  });
});

test('nothing was evaluated, or not to its end: that is said', async () => {
  const { store } = await run([], (world) => planEvaluation(world, release));
  await expect(loadEvidence({ store }, release)).rejects.toMatchObject({ code: 'evaluation.missing' });
  const other = { ...release, release: 'iris-r2' };
  await expect(loadEvidence({ store }, other)).rejects.toMatchObject({ code: 'evaluation.missing' });
});

describe('of more rows than are held', () => {
  const some = async (most: number) => {
    const { store } = await run([], whole);
    const plan = await planOf(store, release);
    const receipts = await readReceipts({ store }, release.release, plan);
    return {
      rows: await loadRows({ store }, plan, receipts, most),
      all: await loadRows({ store }, plan, receipts),
      walked: await walkRows({ store }, plan, receipts, most),
      exact: await walkRows({ store }, plan, receipts),
    };
  };

  test('there is a sample, in order, of rows as they are', async () => {
    const { rows, all } = await some(100);
    expect([all.count, rows.count, rows.truth.length]).toEqual([445, 100, 100]);
    const key = (of: typeof all, row: number) =>
      [
        of.truth[row],
        of.slices['writer']!.values[of.slices['writer']!.of[row]!],
        ...of.challenger.probabilities!.subarray(row * 3, row * 3 + 3),
      ].join();
    const keys = Array.from({ length: all.count }, (_, row) => key(all, row));
    let at = -1;
    for (let row = 0; row < rows.count; row++) {
      at = keys.indexOf(key(rows, row), at + 1);
      expect(at, `row ${row}`).toBeGreaterThanOrEqual(0);
    }
  });

  test('the curves are binned, and say how far they may be off', async () => {
    const { walked, exact } = await some(100);
    expect([walked.sampled, walked.all, exact.sampled]).toEqual([100, undefined, undefined]);
    expect(walked.duplicates).toEqual(exact.duplicates);
    for (const side of ['challenger', 'champion'] as const) {
      const [binned, precise] = [walked.curves(side), exact.curves(side)];
      for (const name of ['roc_auc', 'average_precision'] as const) {
        expect(binned.bounds![name]).toBeLessThan(0.1);
        expect(Math.abs(binned.values[name]! - precise.values[name]!)).toBeLessThanOrEqual(
          binned.bounds![name]! + 1e-12,
        );
      }
    }
  });
});
