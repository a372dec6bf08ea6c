import { beforeAll, describe, expect, test } from 'vitest';
import { type Evaluation } from '#core/release/evaluation/evaluation.ts';
import { makePlan } from '#core/release/evaluation/make-plan.ts';
import { reduce } from '#core/release/evaluation/reduce.ts';
import { scoreShard } from '#core/release/evaluation/score-shard.ts';
import type { LoadedModel, ObjectStore } from '#core/ports.ts';
import type { Format } from '#core/scoring/format.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import { echoModel } from '../../../contracts/echo-model.ts';
import { fixtureFile, newPlace, type Place } from './support/place.ts';

/** One shard that cannot be cut, as of a file that is compressed. */
const ROWS = 300_000;

const scoreOf = (row: number): number => ((row * 7919) % 10_007) / 10_007;
const labelOf = (row: number): string => (scoreOf(row) > 0.5 !== (row % 10 === 0) ? '1' : '0');

/** Rows of nothing but memory, in batches that use it again: two probabilities, of which every tenth row's is wrong. */
const endless = (rows: number): Format => ({
  survey: () => Promise.resolve({ heading: ['p0', 'p1', 'y'], rows, exact: true }),
  cut: () => Promise.resolve([{ kind: 'whole' }]),
  count: () => Promise.resolve(rows),
  async *rows(_, { batchRows, limit = rows }) {
    const data = new Float32Array(batchRows * 2);
    for (let first = 0; first < Math.min(rows, limit); first += batchRows) {
      const count = Math.min(batchRows, rows - first, limit - first);
      const kept: string[] = [];
      for (let row = 0; row < count; row++) {
        const number = first + row;
        data[row * 2 + 1] = scoreOf(number);
        data[row * 2] = 1 - data[row * 2 + 1]!;
        kept.push(data[row * 2 + 1]! > 0.5 !== (number % 10 === 0) ? '1' : '0');
      }
      yield {
        batch: {
          inputs: [{ datatype: 'FP32', shape: [count, 2], data: data.subarray(0, count * 2) }],
          rows: count,
          kept: [kept],
        },
      };
    }
  },
});

let place: Place;
let evaluation: Evaluation;
const sizes: number[] = [];
let world: ReleaseWorld;

/** Takes what is written as it comes, and tells how large each piece was. */
const told = (store: ObjectStore): ObjectStore =>
  Object.assign(Object.create(store) as ObjectStore, {
    url: store.url,
    get: store.get.bind(store),
    read: store.read.bind(store),
    put: store.put.bind(store),
    list: store.list.bind(store),
    write: (...[key, chunks, size, condition]: Parameters<ObjectStore['write']>) =>
      store.write(
        key,
        (async function* () {
          for await (const chunk of chunks) {
            sizes.push(chunk.length);
            yield chunk;
          }
        })(),
        size,
        condition,
      ),
  });

beforeAll(async () => {
  place = await newPlace();
  const challenger = await place.register('m', fixtureFile('identity_fp32'));
  const champion = await place.register('m', fixtureFile('identity_fp32'));
  const data = place.file('endless.csv', 'p0,p1,y\n');
  evaluation = { id: 'm-r1', challenger, champion, options: { data, label: 'y' }, allowBreaking: false };
  const echo: LoadedModel = echoModel(challenger.signature);
  let ticks = 0;
  world = {
    ...place.world,
    store: told(place.world.store),
    formats: { ...place.world.formats, csv: endless(ROWS) },
    model: () => Promise.resolve(echo),
    now: () => (ticks += 100),
  };
});

describe('a shard of any size', () => {
  test('is written block by block, with no more than one in memory', async () => {
    await makePlan(world, evaluation);
    await scoreShard(world, evaluation, { index: 0, input: 0, part: { kind: 'whole' } });
    expect(sizes).toHaveLength(Math.ceil(ROWS / 8192));
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
  });

  test('comes to the numbers of all its rows', async () => {
    const report = await reduce(world, evaluation);
    const ones = Array.from({ length: ROWS }, (_, row) => Number(labelOf(row))).reduce((sum, label) => sum + label);
    expect(report.quality).toMatchObject({ rows: ROWS, bad: 0, classes: { '0': ROWS - ones, '1': ones } });
    expect(report.challenger.metrics['accuracy']).toBeCloseTo(0.9, 3);
    expect(report.quality.duplicates).toBe(ROWS - 10_007);
    expect(report.champion!.metrics).toEqual(report.challenger.metrics);
  });
});
