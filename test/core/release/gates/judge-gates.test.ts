import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { documentKey } from '#core/release/keys.ts';
import {
  atLeast,
  atMost,
  better,
  calibrated,
  custom,
  dataQuality,
  enoughRows,
  fair,
  noSliceWorse,
  nonInferior,
  notLarger,
  notSlower,
  p99Below,
  sizeBelow,
} from '#core/release/gates/builders.ts';
import { judgeGates } from '#core/release/gates/judge-gates.ts';
import type { GateOptions } from '#core/release/gates/options.ts';
import type { Release } from '#core/release/release.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import { evaluateRelease, example, newPlace, type Place, releaseOf } from '../evaluation/support/place.ts';

const DIGITS = example('digits');
const labels = { probabilities: '0123456789'.split('') };

let place: Place;
let data: string;
let asked: object[];

beforeEach(async () => {
  asked = [];
  let ms = 0;
  place = await newPlace({
    now: () => (ms += 0.25),
    customGate: async (gate, evidence) => {
      asked.push({ gate, evidence });
      if (gate.gate === 'custom' && gate.run.includes('broken')) throw new TypeError('nothing to divide by');
      return { name: 'theirs', verdict: 'pass', sentence: 'Fine by us.', numbers: {} };
    },
  });
  await place.register('digits', join(DIGITS, 'model.onnx'), { labels });
  await place.register('digits', join(DIGITS, 'model.onnx'), { labels });
  data = place.file('digits.csv', readFileSync(join(DIGITS, 'heldout.csv')));
});

const releasing = (gates: readonly GateOptions[], more: Partial<Release> = {}): Release => {
  const release = releaseOf('digits', { data, label: 'digit' }, { version: 2, ...more });
  return { ...release, options: { ...release.options, gates: [...gates] } };
};

async function judged(gates: readonly GateOptions[], more: Partial<Release> = {}) {
  const release = releasing(gates, more);
  await evaluateRelease(place.world, release);
  return judgeGates(place.world, release);
}

describe('the gates of a release', () => {
  test('are asked of real rows, all of them, and named', async () => {
    const { verdict, results } = await judged(
      [
        atLeast('accuracy', 0.9),
        nonInferior('accuracy', { margin: 0.03 }),
        p99Below({ ms: 1000 }),
        notSlower({ ratio: 2 }),
        sizeBelow({ bytes: 10_000_000 }),
        notLarger({ ratio: 1 }),
        calibrated({ ece: 0.1 }),
        enoughRows({ rows: 500, perClass: 20 }),
        dataQuality(),
        custom('./gates/mine.ts'),
      ],
      { champion: 1 },
    );
    expect(results.filter((result) => result.verdict !== 'pass')).toEqual([]);
    expect(verdict).toBe('promote');
    expect(new Set(results.map(({ name }) => name)).size).toBe(10);
    expect(results[0]).toMatchObject({
      name: 'accuracy at least 0.9',
      sentence: expect.stringMatching(
        /^accuracy 0\.9\d+ \(at least 0\.9\d+ with 95 % confidence\) is at least 0\.9\.$/,
      ),
    });
    expect(results[1]!.sentence).toContain('at most 0.005532 worse with 95 % confidence; 0.03 worse is allowed.');
  });

  test('hold an equal one whose gain is asked for, and reject by one that fails', async () => {
    const { verdict, results } = await judged([better('accuracy'), atLeast('accuracy', 0.5)], { champion: 1 });
    expect([verdict, results[0]!.verdict]).toEqual(['hold', 'inconclusive']);
    const worse = await judged([atMost('log_loss', 0.001), better('accuracy')], { champion: 1, release: 'digits-r2' });
    expect(worse.verdict).toBe('reject');
  });

  test.each<[string, Partial<Release>]>([
    ['nothing else is live', {}],
    ['the very same version is live', { champion: 2 }],
  ])('compare nothing where %s', async (_, more) => {
    const gates = [
      nonInferior('accuracy', { margin: 0.03 }),
      better('accuracy'),
      noSliceWorse(),
      notLarger({ ratio: 1 }),
    ];
    const { verdict, results } = await judged(gates, more);
    expect(results.map((result) => result.verdict)).toEqual(Array(4).fill('not applicable'));
    expect(verdict).toBe('hold');
  });

  test('are recorded once, and what is recorded stands', async () => {
    const first = await judged([atLeast('accuracy', 0.9)]);
    const key = documentKey('digits-r1', 'gates');
    expect(JSON.parse(new TextDecoder().decode((await place.world.store.get(key))!.bytes))).toEqual(first);
    expect(await judgeGates(place.world, releasing([atLeast('accuracy', 0.999)]))).toEqual(first);
  });

  test('tell a gate of the user all that they know but the rows', async () => {
    const gate = custom('./gates/mine.ts');
    await judged([gate], { champion: 1 });
    expect(asked).toEqual([
      {
        gate,
        evidence: {
          release: 'digits-r1',
          model: 'digits',
          version: 2,
          champion: 1,
          report: expect.objectContaining({
            task: 'classification',
            challenger: expect.objectContaining({ version: 2 }),
          }),
        },
      },
    ]);
  });
});

describe('what is missing never passes', () => {
  test('a gate that throws is inconclusive, with its error, and the others are asked', async () => {
    const { verdict, results } = await judged([custom('./broken.ts'), atLeast('accuracy', 0.9)]);
    expect(verdict).toBe('hold');
    expect(results.map((result) => [result.verdict, result.sentence])).toEqual([
      ['inconclusive', 'It could not be judged: nothing to divide by'],
      ['pass', expect.any(String)],
    ]);
  });

  test('without an evaluation, only what needs no rows is judged', async () => {
    const gates = [atLeast('accuracy', 0.9), sizeBelow({ bytes: 1e9 }), notLarger({ ratio: 1 }), custom('./mine.ts')];
    const options = { gates: [...gates, fair('sex', { measure: 'demographicParity', limit: 0.1 })] };
    const { verdict, results } = await judgeGates(
      place.world,
      releaseOf('digits', undefined, { version: 2, champion: 1, options }),
    );
    expect(verdict).toBe('hold');
    expect(results.map((result) => result.verdict)).toEqual(['inconclusive', 'pass', 'pass', 'pass', 'inconclusive']);
    expect(results[0]!.sentence).toContain('`evaluation: { data, label }`');
    expect(asked).toMatchObject([{ evidence: { version: 2, champion: 1 } }]);
  });

  test('without gates nothing is promoted', async () => {
    expect(await judged([])).toEqual({ verdict: 'hold', results: [] });
  });

  test('another live version that the evaluation could not ask is nothing to compare with', async () => {
    const release = releasing([nonInferior('accuracy', { margin: 0.03 })]);
    await evaluateRelease(place.world, release);
    const { results } = await judgeGates(place.world, { ...release, champion: 1 });
    expect(results).toMatchObject([
      { verdict: 'inconclusive', sentence: expect.stringContaining('nothing to compare') },
    ]);
  });

  test('evidence that cannot be read is an error of the task, which is done again', async () => {
    const gates = [atLeast('accuracy', 0.9)];
    await expect(judgeGates(place.world, releasing(gates))).rejects.toMatchObject({ code: expect.any(String) });
    const { world } = place;
    const down: ReleaseWorld = { ...world, store: { ...world.store, get: () => Promise.reject(new Error('down')) } };
    await expect(judgeGates(down, releasing(gates))).rejects.toThrow('down');
  });
});
