import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import { calibrationLines, calibrationOf, prepareOptimizing } from '#core/training/optimize/prepare.ts';
import { syntheticInputs } from '#core/model/golden.ts';
import { tensor } from '../../../support/models.ts';
import { example, newPlace, type Place } from './support/place.ts';

const HELD_OUT = join(example('digits'), 'heldout.csv');
const evaluation = { data: `file:${HELD_OUT}`, label: 'digit' };
const text = readFileSync(HELD_OUT, 'utf8');

let place: Place;
let bare: Place;
let digits: Manifest;

beforeAll(async () => {
  place = await newPlace(evaluation);
  bare = await newPlace();
  digits = await place.register('digits', join(example('digits'), 'model.onnx'));
});

const calibration = async (at: Place, manifest: Manifest, options = {}) => {
  const prepared = await prepareOptimizing(at.world, manifest, options);
  return {
    prepared,
    lines: await calibrationLines(at.world, prepared),
    document: await calibrationOf(at.world, prepared),
  };
};

test('the optimizer gets the files of the version, and what it is to try', async () => {
  const { channels, hyperparameters } = await prepareOptimizing(bare.world, digits, {
    methods: ['fp16', 'prune'],
    sparsity: 0.3,
  });
  expect(channels).toEqual({ model: 'models/digits/versions/1/' });
  expect(hyperparameters).toEqual({ methods: 'fp16,prune', sparsity: 0.3 });
  expect((await prepareOptimizing(bare.world, digits)).hyperparameters).toEqual({});
});

describe('rows for a calibration', () => {
  test('are a tenth of the held-out ones, the same ones every time', async () => {
    const { prepared, lines, document } = await calibration(place, digits);
    expect(document).toMatchObject({ format: 1, golden: 0, rows: 54, from: 'held-out' });
    expect([lines.length, new Set(document!.names).size]).toEqual([54, 54]);
    expect(JSON.parse(lines[0]!)).toMatchObject({ inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 8, 8] }] });
    expect(prepared.channels['calibration']).toMatch(/^training\/inputs\/digits\/[0-9a-f]{32}\/$/);
    expect(await prepareOptimizing(place.world, digits)).toEqual(prepared);
    const [heading, ...rows] = text.trim().split('\n');
    const turned = place.file('turned.csv', `${[heading, ...rows.reverse()].join('\n')}\n`);
    expect((await calibration(place, digits, { data: turned })).lines).toEqual(lines);
  });

  test('are those it was trained on, where its manifest knows them', async () => {
    await place.store.put('training/digits-t9/model/baseline.csv', Buffer.from(text));
    const trained = { ...digits, baseline: { key: 'training/digits-t9/model/baseline.csv' } };
    const { document, lines } = await calibration(place, trained);
    expect(document).toMatchObject({ rows: 300, from: 'baseline' });
    expect(lines.length).toBe(300);
  });

  test.each([
    ['are gone', 'training/none/baseline.csv'],
    ['are of another model', 'training/other/baseline.csv'],
    ['are no table', 'training/other/baseline.bin'],
  ])('are held-out ones where those %s', async (_, key) => {
    await place.store.put('training/other/baseline.csv', Buffer.from('a,b\n1,2\n'));
    const { document } = await calibration(place, { ...digits, baseline: { key } });
    expect(document?.from).toBe('held-out');
  });

  test('are those that are named, label or not', async () => {
    const unlabelled = text
      .trim()
      .split('\n')
      .slice(0, 11)
      .map((row) => row.slice(0, row.lastIndexOf(',')));
    const { document } = await calibration(place, digits, {
      calibration: place.file('plain.csv', `${unlabelled.join('\n')}\n`),
    });
    expect(document).toMatchObject({ rows: 10, from: 'calibration' });
    const elsewhere = await calibration(bare, digits, {
      calibration: place.file('some.csv', `${unlabelled.join('\n')}\n`),
    });
    expect(elsewhere.document).toMatchObject({ rows: 10, from: 'calibration' });
  });

  test('and have to fit', async () => {
    const other = place.file('other.csv', 'a,b\n1,2\n');
    await expect(calibration(place, digits, { calibration: other })).rejects.toMatchObject({
      code: 'optimize.calibration',
    });
    await expect(calibration(place, digits, { calibration: 'file:/nowhere/a.csv' })).rejects.toMatchObject({
      code: 'input.not_found',
    });
  });

  test('are the recorded questions besides, but not one that was made up', async () => {
    const pixels = tensor('FP32', [1, 1, 8, 8], new Float32Array(64).fill(0.25));
    const graph = join(example('digits'), 'model.onnx');
    const recorded = await bare.register('recorded', graph, { golden: [[pixels]] });
    const { document, lines } = await calibration(bare, recorded);
    expect(document).toMatchObject({ golden: 1, rows: 0 });
    expect(document?.from).toBeUndefined();
    expect(lines.length).toBe(1);
    const madeUp = await bare.register('made-up', graph, { golden: [syntheticInputs(recorded.signature)] });
    expect((await calibration(bare, madeUp)).document).toBeUndefined();
  });
});
