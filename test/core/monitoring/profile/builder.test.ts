import { describe, expect, it } from 'vitest';
import type { CapturedEvent } from '#core/monitoring/capture/captured.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import { encodeProfile } from '#core/monitoring/profile/encode.ts';
import { mergeProfiles } from '#core/monitoring/profile/merge.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { parsePair } from '#core/monitoring/profile/truth.ts';
import { splitRows } from '#core/model/tensor.ts';
import { makeRows, PLAN, profileOf } from './scene.ts';

const numbers = (profile: Profile, name: string) => {
  const feature = profile.features.find((one) => one.name === name);
  if (feature?.kind !== 'number') throw new Error(`${name} has no numbers`);
  return feature.sketch;
};

describe('a profile', () => {
  it('has each feature of the rows', () => {
    const profile = profileOf(1000);
    expect(profile.rows).toBe(1000);
    expect(profile.features.map(({ name, role, kind }) => `${role} ${name}: ${kind}`)).toEqual([
      'input x[0]: number',
      'input x[1]: number',
      'input town: category',
      'prediction scores: category',
      'prediction scores[low]: number',
      'prediction scores[middle]: number',
      'prediction scores[high]: number',
    ]);
    expect(profile.features.map(({ sketch }) => sketch.rows)).toEqual(PLAN.features.map(() => 1000));
    expect(numbers(profile, 'x[0]').missing).toBe(11);
  });

  it('is the same to the bit however the rows are cut into batches and profiles', () => {
    const all = makeRows(9000);
    const whole = Buffer.from(encodeProfile(profileOf(9000)));
    const cuts = [0, 1, 5000, 9000];
    const parts = cuts.slice(1).map((end, index) => {
      const first = cuts[index] as number;
      const cut = (tensor: (typeof all.inputs)[number]) => splitRows(tensor, [first, end - first, 9000 - end])[1]!;
      const [inputs, outputs] = [all.inputs.map(cut), all.outputs.map(cut)];
      return {
        inputs,
        outputs,
        rows: end - first,
        truths: all.truths.slice(first, end),
        source: 'file',
        firstRow: first,
      };
    });
    const together = new ProfileBuilder(PLAN);
    for (const part of parts) together.addTensors(part);
    expect(whole.equals(encodeProfile(together.profile()))).toBe(true);
    const apart = parts.map((part) => {
      const builder = new ProfileBuilder(PLAN);
      builder.addTensors(part);
      return builder.profile();
    });
    const [a, b, c] = apart as [Profile, Profile, Profile];
    for (const merged of [
      mergeProfiles([c, a, b]),
      mergeProfiles([mergeProfiles([a, b]), c]),
      mergeProfiles([a, mergeProfiles([b, c])]),
    ]) {
      expect(whole.equals(encodeProfile(merged))).toBe(true);
    }
  });

  it('of captured requests is that of their tensors', () => {
    const rows = makeRows(3);
    const { inputs, outputs, truths } = rows;
    const [x, town] = inputs as [(typeof inputs)[number], (typeof inputs)[number]];
    const event: CapturedEvent = {
      id: 'request',
      at: 0,
      model: 'm',
      version: 1,
      target: '1',
      rows: 3,
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [3, 2], data: Array.from(x.data as Float32Array, shortest) },
        { name: 'town', datatype: 'BYTES', shape: [3], data: town.data as string[] },
      ],
      outputs: outputs.map(({ data, datatype, shape }) => {
        return { name: 'scores', datatype, shape, data: Array.from(data as Float32Array, shortest) };
      }),
    };
    const [captured, direct] = [new ProfileBuilder(PLAN), new ProfileBuilder(PLAN)];
    captured.addEvent(event, { truths });
    direct.addTensors({ ...rows, source: 'request', firstRow: 0 });
    expect(Buffer.from(encodeProfile(captured.profile())).equals(encodeProfile(direct.profile()))).toBe(true);
  });

  it('does not change where rows are added later', () => {
    const builder = new ProfileBuilder(PLAN);
    const before = builder.profile();
    builder.addTensors({ ...makeRows(5), source: 'file', firstRow: 0 });
    expect(before.rows + numbers(before, 'x[1]').rows).toBe(0);
    expect(builder.profile().rows).toBe(5);
  });
});

/** As JSON has a float32. */
const shortest = (value: number): number | null => (Number.isNaN(value) ? null : Number(value.toPrecision(9)));

describe('truths', () => {
  it('of classes are counted by what was predicted, by name or by index', () => {
    const { truth } = profileOf(300);
    if (truth?.kind !== 'classes') throw new Error('there are no classes');
    expect([truth.rows, truth.pairs.count]).toEqual([200, 200]);
    const pairs = [...(truth.pairs.counts() ?? [])].map(([text, count]) => ({ ...parsePair(text), count }));
    expect(new Set(pairs.map((pair) => pair.truth))).toEqual(new Set(['low', 'high']));
    const right = pairs.filter((pair) => pair.prediction === pair.truth).reduce((sum, { count }) => sum + count, 0);
    expect(truth.correct).toBe(right);
    expect(right).toBeGreaterThan(0);
  });

  it('with names that are long are told apart all the same', () => {
    const [one, other] = ['a class whose name is a whole sentence', 'another class, with a sentence of its own'];
    const plan = featurePlan({ signature: { inputs: [], outputs: [{ name: 'y', datatype: 'BYTES', shape: [-1] }] } });
    const builder = new ProfileBuilder(plan);
    const outputs = [{ datatype: 'BYTES' as const, shape: [2], data: [one, one] }];
    builder.addTensors({ inputs: [], outputs, rows: 2, source: 's', firstRow: 0, truths: [one, other] });
    const { truth } = builder.profile();
    if (truth?.kind !== 'classes') throw new Error('there are no classes');
    const pairs = truth.pairs.entries().map(({ name }) => parsePair(name ?? ''));
    expect(pairs).toHaveLength(2);
    expect(new Set(pairs.map((pair) => pair?.prediction))).toHaveLength(1);
    expect(new Set(pairs.map((pair) => pair?.truth))).toHaveLength(2);
    expect(truth.correct).toBe(1);
  });

  it('of values are what is left of them', () => {
    const plan = featurePlan({ signature: { inputs: [], outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }] } });
    const builder = new ProfileBuilder(plan);
    const outputs = [{ datatype: 'FP32' as const, shape: [4, 1], data: Float32Array.of(1, 2, 3, NaN) }];
    builder.addTensors({ inputs: [], outputs, rows: 4, source: 's', firstRow: 0, truths: [2, undefined, 7, 1] });
    const { truth } = builder.profile();
    if (truth?.kind !== 'values') throw new Error('there are no values');
    expect([truth.rows, ...truth.residuals.sorted()]).toEqual([2, 1, 4]);
  });

  it('are none where the prediction is not looked at', () => {
    const plan = featurePlan({
      signature: { inputs: [], outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }] },
      sensitive: { y: 'drop' },
    });
    const builder = new ProfileBuilder(plan);
    const outputs = [{ datatype: 'FP32' as const, shape: [1], data: Float32Array.of(1) }];
    builder.addTensors({ inputs: [], outputs, rows: 1, source: 's', firstRow: 0, truths: [2] });
    expect(builder.profile()).not.toHaveProperty('truth');
  });
});
