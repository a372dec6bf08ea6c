import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { loadWithOutput } from '#adapters/onnx/hidden.ts';
import type { BaselineModel } from '#core/monitoring/baseline/request.ts';
import { judgeDrift } from '#core/monitoring/drift/judge.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { example, heldOut, made, openModel, rowsFile } from './place.ts';

const HIDDEN = 'next_activations1';
const [HEADING = '', ...ROWS] = readFileSync(heldOut('digits'), 'utf8').trim().split('\n');

/** Every second row is of before, the others are of now: as pictures were, and changed. */
const rowsOf = (part: 0 | 1, change: (pixels: readonly number[], row: number) => readonly number[]): string => {
  const some = ROWS.filter((_, index) => index % 2 === part);
  const lines = some.map((line, row) => {
    const cells = line.split(',');
    const pixels = change(cells.slice(0, 64).map(Number), row);
    return [...pixels, ...cells.slice(64)].join(',');
  });
  return rowsFile([HEADING, ...lines].join('\n'));
};

const same = (pixels: readonly number[]) => pixels;

/** By a quarter turn. */
const rotated = (pixels: readonly number[]) =>
  Array.from({ length: 64 }, (_, index) => pixels[(7 - (index % 8)) * 8 + Math.floor(index / 8)] as number);

/** Grains here and there, the same in every run. */
const noisy = (pixels: readonly number[], row: number) =>
  pixels.map((pixel, index) => Math.min(1, Math.max(0, pixel + 0.5 * Math.sin(row * 64 + index * index))));

describe('a layer of the digits, looked at within the graph', () => {
  let model: BaselineModel;
  let baseline: Profile;

  const profileOf = async (part: 0 | 1, change: Parameters<typeof rowsOf>[1]): Promise<Profile> => {
    const options = { data: rowsOf(part, change), label: 'digit', drop: ['writer'], lenient: true, hidden: HIDDEN };
    return (await made(model, options)).profile;
  };

  beforeAll(async () => {
    const open = await loadWithOutput(createEngine({ workers: 0 }), example('digits'), HIDDEN);
    model = { ...(await openModel('digits')), model: open };
    baseline = await profileOf(0, same);
  });

  afterAll(() => (model.model as unknown as { close(): Promise<void> }).close());

  const hidden = async (change: Parameters<typeof rowsOf>[1]) => {
    const live = await profileOf(1, change);
    const { features } = judgeDrift(baseline, live, { minimum: 100, persistence: 1 }, []);
    return features.filter(({ role }) => role === 'hidden');
  };

  test('other pictures of the same kind have not moved', async () => {
    const features = await hidden(same);
    expect(features.length).toBeGreaterThan(10);
    expect(features.filter(({ drifted }) => drifted)).toStrictEqual([]);
  });

  test.each([
    ['rotated', rotated],
    ['noisy', noisy],
  ])('%s ones have', async (_, change) => {
    const features = await hidden(change);
    expect(features.filter(({ confirmed }) => confirmed).length).toBeGreaterThan(features.length / 3);
  });
});
