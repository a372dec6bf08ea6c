import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import type { OptimizeOptions } from '#core/training/options.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import { newFolder } from '../../../support/folders.ts';
import { tensor } from '../../../support/models.ts';
import { example, fixtureFile, newPlace, optimized, type Place } from './support/place.ts';
import { biased, commented, damaged, digits, leftFolder, renamed } from './support/variants.ts';

const HELD_OUT = join(example('digits'), 'heldout.csv');
const rows = readFileSync(HELD_OUT, 'utf8').trim().split('\n');
const labels = { probabilities: Array.from({ length: 10 }, (_, digit) => String(digit)) };

/** One by which every run takes 50 ms, so that nothing is measured for long. */
function hurriedClock(): () => number {
  let ms = 0;
  return () => (ms += 50);
}

interface Asked {
  readonly variants: Readonly<Record<string, Buffer>>;
  readonly original?: Buffer;
  readonly options?: OptimizeOptions;
  readonly evaluation?: EvaluationOptions | 'none';
}

async function judged({
  variants,
  original = digits(),
  options = {},
  evaluation,
}: Asked): Promise<[OptimizationDocument, Place]> {
  const heldOut = evaluation ?? { data: `file:${HELD_OUT}`, label: 'digit' };
  const place = await newPlace(heldOut === 'none' ? undefined : heldOut, { now: hurriedClock() });
  const path = join(newFolder(), 'model.onnx');
  writeFileSync(path, original);
  const pixels = tensor(
    'FP32',
    [1, 1, 8, 8],
    Float32Array.from({ length: 64 }, (_, at) => at / 64),
  );
  const manifest = await place.register('digits', path, { labels, golden: [[pixels]] });
  const leave = () => Promise.resolve(leftFolder(variants, [{ method: 'prune', reason: 'No weights.' }]));
  return [await optimized(place, manifest, options, leave), place];
}

/** What speaks against a variant. */
const against = ({ variants }: OptimizationDocument, name: string) =>
  variants.find((variant) => variant.name === name)!.guards.filter(({ verdict }) => verdict !== 'pass');

describe('a variant', () => {
  test('that answers the same and is smaller is taken, with all that was found of it', async () => {
    const [document, place] = await judged({
      original: commented(16_000),
      variants: { same: digits(), worse: damaged(2) },
      options: { prefer: 'size' },
    });
    expect(document).toMatchObject({
      format: 1,
      version: 1,
      labelled: true,
      settings: { margin: 0.01, agreement: 0.98 },
    });
    expect(document.variants.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['same', 'pass'],
      ['worse', 'fail'],
    ]);
    const [same] = document.variants;
    expect(same!.outputs).toMatchObject([
      { output: 'label', same: 'exact', agreement: { value: 1 }, unanswered: 0 },
      { output: 'probabilities', same: 'class', agreement: { value: 1 }, largest: 0, mean: 0 },
    ]);
    expect(same!.quality).toMatchObject({ metric: 'accuracy', difference: 0 });
    expect(document.pick).toMatchObject({
      name: 'same',
      folder: 'same',
      files: [{ path: 'same/model.onnx', size: digits().length }],
      provenance: { settings: { of: 'same' }, note: 'Made by same.', agreement: { label: 1, probabilities: 1 } },
      metrics: { accuracy: document.original.estimated!.value },
    });
    expect(document.sentence).toMatch(/^same is taken: 70270 bytes instead of 86273 bytes, 18.5 % less; accuracy 0.9/);
    expect(document.leftOut).toEqual([{ method: 'prune', reason: 'No weights.' }]);
    const plot = await place.store.get('training/digits-t1/optimization.svg');
    expect(Buffer.from(plot!.bytes).toString()).toContain('accuracy against bytes');
  });

  test('that is no smaller is not taken', async () => {
    const [{ pick, sentence }] = await judged({ variants: { same: digits() }, options: { prefer: 'size' } });
    expect(pick).toBeUndefined();
    expect(sentence).toBe(
      'No variant that passes takes surely less than the 70270 bytes of digits:1, so it is kept: same takes 70270 bytes.',
    );
  });

  test('that is over the budget is not taken', async () => {
    const [{ pick, sentence }] = await judged({
      original: commented(16_000),
      variants: { same: digits() },
      options: { prefer: 'size', bytes: 70_000 },
    });
    expect(pick).toBeUndefined();
    expect(sentence).toContain('No variant that passes is within 70000 bytes');
  });

  test('that loses is not taken, however small', async () => {
    const [document] = await judged({
      original: commented(16_000),
      variants: { worse: damaged(2) },
      options: { prefer: 'size' },
    });
    expect(document.pick).toBeUndefined();
    expect(document.sentence).toBe('No variant passes, so digits:1 is kept: worse loses too much.');
    expect(against(document, 'worse').map(({ guard, output }) => [guard, output])).toEqual([
      ['agreement', 'label'],
      ['agreement', 'probabilities'],
      ['quality', undefined],
    ]);
    expect(document.variants[0]!.cost).toBeDefined();
  });

  test('that is no such model is told so, and does not disturb the others', async () => {
    const [document] = await judged({
      variants: {
        same: digits(),
        other: readFileSync(fixtureFile('identity_fp32.onnx')),
        broken: readFileSync(fixtureFile('broken.onnx')),
      },
    });
    expect(document.variants.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'fail']);
    expect(against(document, 'other')).toMatchObject([{ guard: 'signature', verdict: 'fail' }]);
    expect(against(document, 'broken')).toMatchObject([{ guard: 'loads', verdict: 'fail' }]);
    expect(document.variants[2]!.cost).toBeUndefined();
  });

  test('that has no number where the original has one fails', async () => {
    const [document] = await judged({ variants: { none: biased(3, Number.NaN) } });
    const guards = against(document, 'none');
    expect(guards[0]).toMatchObject({ guard: 'agreement', output: 'label' });
    expect(guards).toContainEqual({
      guard: 'answers',
      output: 'probabilities',
      verdict: 'fail',
      sentence: `It has no answer, or no number, for ${document.rows} of ${document.rows} rows that the original answers.`,
    });
    expect(document.variants[0]!.cost).toBeUndefined();
  });

  test('whose probabilities are none any more fails, and says why', async () => {
    const [document] = await judged({ variants: { odd: renamed('Identity', 'Softplus') } });
    const [guard] = against(document, 'odd');
    expect(guard).toMatchObject({ guard: 'quality', verdict: 'fail' });
    expect(guard!.sentence).toContain('which is no probability');
  });

  test('that loses in one slice alone fails there', async () => {
    const place = await newPlace();
    const eight = (row: string) => (row.endsWith(',8') ? 'eight' : 'other');
    const sliced = rows.map((row, index) => `${row},${index === 0 ? 'which' : eight(row)}`).join('\n');
    const [document] = await judged({
      variants: { blind: biased(8, -100) },
      options: { margin: 0.2, agreement: 0.5 },
      evaluation: { data: place.file('sliced.csv', `${sliced}\n`), label: 'digit', slices: ['which'] },
    });
    expect(against(document, 'blind')).toMatchObject([{ guard: 'slices', verdict: 'fail' }]);
    expect(document.sentence).toContain('blind loses too much in a slice');
  });
});

describe('rows', () => {
  test('that are too few to tell a loss take nothing, and say how many it takes', async () => {
    const place = await newPlace();
    const [document] = await judged({
      original: commented(16_000),
      variants: { same: digits() },
      options: { prefer: 'size' },
      evaluation: { data: place.file('few.csv', `${rows.slice(0, 101).join('\n')}\n`), label: 'digit' },
    });
    expect(document.pick).toBeUndefined();
    expect(document.rows).toBe(90);
    expect(document.variants[0]).toMatchObject({ verdict: 'inconclusive', quality: { difference: 0 } });
    expect(document.variants[0]!.quality!.rowsNeeded).toBeGreaterThanOrEqual(299);
    expect(document.sentence).toMatch(/same cannot be judged on so few rows \(about 30\d are needed\)/);
  });

  test('that a calibration has seen are never judged on', async () => {
    const [document, place] = await judged({ variants: { same: digits() } });
    expect(document.rows).toBe(540 - 54);
    expect(document.notes).toEqual([
      'static-int8 is calibrated on 54 of the held-out rows, which nothing is judged on, and on 1 recorded question.',
    ]);
    const all = place.file('all.csv', readFileSync(HELD_OUT));
    const [other] = await judged({ variants: { same: digits() }, options: { calibration: all } });
    expect(other.rows).toBe(540 - 300);
    expect(other.notes[0]).toContain('calibrated on 300 rows of the table that was named for it');
  });

  test('of the command win over those of the configuration', async () => {
    const place = await newPlace();
    const data = place.file('renamed.csv', `${[rows[0]!.replace('digit', 'truth'), ...rows.slice(1)].join('\n')}\n`);
    const [document] = await judged({ variants: { same: digits() }, options: { data, label: 'truth' } });
    expect(document.rows).toBe(486);
  });

  test('of which nobody knows the truth take nothing, whatever the answers', async () => {
    const [document, place] = await judged({
      original: commented(16_000),
      variants: { same: digits(), worse: biased(8, 100) },
      options: { prefer: 'size' },
      evaluation: 'none',
    });
    expect(document).toMatchObject({ labelled: false, rows: 1 });
    expect(document.pick).toBeUndefined();
    expect(document.variants.map(({ outputs }) => outputs.map(({ agreement }) => agreement.value))).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(document.sentence).toMatch(
      /^Nothing is taken, and digits:1 is kept: there are no rows whose truth is known/,
    );
    const plot = await place.store.get('training/digits-t1/optimization.svg');
    expect(Buffer.from(plot!.bytes).toString()).toContain('agreement against bytes');
  });

  test('that are more than it takes are judged in part, by what is in them', async () => {
    const place = await newPlace({ data: 'many.csv', label: 'species' }, { now: hurriedClock() });
    const lines = Array.from({ length: 30_000 }, (_, row) => `${row / 6000},3,${(row % 700) / 100},1,setosa`);
    await place.store.put('many.csv', Buffer.from(`a,b,c,d,species\n${lines.join('\n')}\n`));
    const graph = join(example('iris'), 'model.onnx');
    const named = { probabilities: ['setosa', 'versicolor', 'virginica'] };
    const manifest = await place.register('iris', graph, { labels: named });
    const same = { same: readFileSync(graph) };
    const document = await optimized(place, manifest, {}, () => Promise.resolve(leftFolder(same)));
    expect(document.rows).toBeGreaterThan(19_000);
    expect(document.rows).toBeLessThan(21_000);
    expect(document.notes.at(-1)).toMatch(/^Of about \d+ held-out rows, 20000 are judged on\.$/);
    expect(document.variants[0]).toMatchObject({
      verdict: 'pass',
      outputs: [{ rows: document.rows }, { rows: document.rows }],
    });
  });

  test('that cannot be used are told', async () => {
    const place = await newPlace();
    const data = place.file('odd.csv', `${[...rows, rows[2]!.replace(/,\d$/, ',eleven')].join('\n')}\n`);
    const [document] = await judged({ variants: {}, evaluation: { data, label: 'digit' } });
    expect(document.notes.at(-1)).toBe('1 of 487 held-out rows cannot be used: row.label 1.');
    expect(document.sentence).toBe('No variant could be made, so digits:1 is kept.');
  });
});
