import { beforeAll, describe, expect, test } from 'vitest';
import { planEvaluation } from '#core/release/evaluation/plan-evaluation.ts';
import { findData } from '#core/release/evaluation/data.ts';
import { championLayout, checkColumns, layoutFor } from '#core/release/evaluation/columns.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import type { ScoringInput } from '#core/scoring/shard.ts';
import { evaluateRelease, fixtureFile, newPlace, type Place, planOf, releaseOf, shardsOf } from './support/place.ts';

const input = (heading: readonly string[] | undefined, width?: number): ScoringInput => ({
  store: 'file:/in',
  key: 'rows.csv',
  size: 1,
  version: '1',
  format: 'csv',
  ...(heading && { heading }),
  ...(width !== undefined && { width }),
});

const manifestOf = (inputs: Readonly<Record<string, readonly number[]>>): Manifest =>
  ({
    name: 'm',
    version: 1,
    signature: {
      inputs: Object.entries(inputs).map(([name, shape]) => ({ name, datatype: 'FP32', shape })),
      outputs: [],
      unserved: [],
    },
  }) as unknown as Manifest;

const options = (more: Partial<EvaluationOptions> = {}): EvaluationOptions => ({
  data: 'rows.csv',
  label: 'y',
  ...more,
});

describe('the columns of held-out rows', () => {
  const wide = input(['a', 'b', 'group', 'y']);

  test('but label and slices are the input', () => {
    const { inputs, kept } = layoutFor(manifestOf({ x: [-1, -1] }), wide, options({ slices: ['group'] }));
    expect([inputs[0]!.columns, kept]).toEqual([
      [0, 1],
      [3, 2],
    ]);
  });

  test('and slices are too, where the input takes as many', () => {
    const { inputs, kept } = layoutFor(manifestOf({ x: [-1, 3] }), wide, options({ slices: ['group'] }));
    expect([inputs[0]!.columns, kept]).toEqual([
      [0, 1, 2],
      [3, 2],
    ]);
  });

  test('and slices are too, where an input is called so', () => {
    const named = manifestOf({ a: [-1, 1], group: [-1, 1] });
    const { inputs, kept } = layoutFor(named, wide, options({ slices: ['group'] }));
    expect([inputs.map(({ columns }) => columns), kept]).toEqual([
      [[0], [2]],
      [3, 2],
    ]);
  });

  test('are those that are named', () => {
    const { inputs } = layoutFor(manifestOf({ x: [-1, 2] }), wide, options({ columns: ['b', 'a'] }));
    expect(inputs[0]!.columns).toEqual([1, 0]);
    const { inputs: left } = layoutFor(manifestOf({ x: [-1, 2] }), wide, options({ drop: ['b'] }));
    expect(left[0]!.columns).toEqual([0, 2]);
  });

  test('have numbers where they have no names', () => {
    const { kept, inputs } = layoutFor(manifestOf({ x: [-1, 2] }), input(undefined, 3), options({ label: 'column 3' }));
    expect([kept, inputs[0]!.columns]).toEqual([[2], [0, 1]]);
  });

  test('that the options name are the champion’s where these fit it', () => {
    const chosen = options({ columns: ['a', 'b'] });
    expect(championLayout(manifestOf({ x: [-1, 2] }), wide, chosen).inputs[0]!.columns).toEqual([0, 1]);
    expect(championLayout(manifestOf({ x: [-1, 3] }), wide, chosen).inputs[0]!.columns).toEqual([0, 1, 2]);
    expect(championLayout(manifestOf({ x: [-1, 3] }), wide, options()).inputs[0]!.columns).toEqual([0, 1, 2]);
    expect(() => championLayout(manifestOf({ x: [-1, 7] }), wide, chosen)).toThrow(
      expect.objectContaining({ code: 'evaluation.columns' }),
    );
  });

  test('that do not make a row are refused, with the version and the way out', () => {
    expect(() => layoutFor(manifestOf({ x: [-1, 7] }), wide, options())).toThrow(
      /^The held-out rows do not fit m:1\. The columns do not make a row: the input has 3 \(a, b, group\)\. The model takes x/,
    );
  });

  test.each<[string, Partial<EvaluationOptions>, RegExp]>([
    ['label', { label: 'Y' }, /'label' of the evaluation names a column 'Y'.*it has a, b, group, y\. Did you mean y\?/],
    ['slice', { slices: ['b', 'groop'] }, /'slices' .* 'groop'.*Did you mean group\?/],
    ['drop', { drop: ['nothing'] }, /'drop' .* 'nothing'/],
    ['columns', { columns: ['a', 'zz'] }, /'columns' .* 'zz'/],
    ['slice twice', { slices: ['b', 'b'] }, /'b' twice/],
    ['label as a slice', { slices: ['y'] }, /'y' twice, or the label/],
  ])('that are not there are refused: %s', (_, more, message) => {
    expect(() => checkColumns(wide, options(more))).toThrow(message);
    expect(() => checkColumns(wide, options(more))).toThrow(expect.objectContaining({ code: 'evaluation.columns' }));
  });
});

describe('the rows lie', () => {
  let place: Place;
  beforeAll(async () => {
    place = await newPlace();
    await place.register('echo', fixtureFile('identity_fp32'));
    await place.world.store.put('data/held.csv', Buffer.from('a,b,y\n0.7,0.3,0\n0.1,0.9,1\n'));
  });
  const find = (data: string) => findData(place.world, data);

  test('where their URL says, or their path', async () => {
    const url = place.file('rows.csv.gz', 'a,y\n1,2\n');
    const expected = { key: 'rows.csv.gz', format: 'csv', compression: 'gzip', store: `file:${place.folder}/data` };
    expect(await find(url)).toMatchObject(expected);
    expect(await find(url.slice('file:'.length))).toMatchObject(expected);
  });

  test('or in the store itself', async () => {
    const found = await find('data/held.csv');
    expect(found).toMatchObject({ store: place.world.store.url, key: 'data/held.csv', size: 26 });
    const { report } = await evaluateRelease(place.world, releaseOf('echo', { data: 'data/held.csv', label: 'y' }));
    expect([report.data, report.challenger.metrics['accuracy']]).toMatchObject([found, 1]);
  });

  test.each([
    ['nothing there', 'data/none.csv', 'input.not_found'],
    ['nothing there either', 'file:/nowhere/rows.jsonl', 'input.not_found'],
    ['no table', 'data/held.png', 'evaluation.format'],
    ['no name of one', 'data/held', 'evaluation.format'],
    ['none of many', 'data/none/', 'input.not_found'],
  ])('nowhere, where there is %s', async (_, data, code) => {
    await expect(find(data)).rejects.toMatchObject({ code });
  });

  test.each<[string, string, Partial<EvaluationOptions>, string]>([
    ['a table without such a label', 'a,b,y\n1,0,1\n', { label: 'z' }, 'evaluation.columns'],
    ['a class that is none', 'a,b,y\n1,0,1\n', { positive: 'x' }, 'evaluation.positive'],
    ['an output that is none', 'a,b,y\n1,0,1\n', { output: 'x' }, 'evaluation.prediction'],
    ['a file that is no CSV', '\0\u0001"', {}, 'input.csv'],
    ['a heading with a name twice', 'a,a,y\n1,0,1\n', {}, 'input.heading'],
  ])('and a plan is refused for %s, before anything is written', async (name, content, more, code) => {
    const release = releaseOf(
      'echo',
      { data: place.file('wrong.csv', content), label: 'y', ...more },
      { release: `echo-${name.length}-r1` },
    );
    await expect(planEvaluation(place.world, release)).rejects.toMatchObject({ code });
    expect(await Array.fromAsync(place.world.store.list(`releases/${release.release}/`))).toEqual([]);
  });

  test('a plan is refused for too few rows, where a gate says so', async () => {
    const data = place.file('few.csv', 'a,b,y\n1,0,0\n0,1,1\n');
    const gates = [{ gate: 'nonInferior' as const, metric: 'accuracy', margin: 0.03 }];
    const release = { ...releaseOf('echo', undefined), options: { evaluation: { data, label: 'y' }, gates } };
    await expect(planEvaluation(place.world, { ...release, release: 'echo-r7' })).rejects.toMatchObject({
      code: 'release.unresolvable',
    });
  });

  test('a slice for each row is refused', async () => {
    const lines = Array.from({ length: 1500 }, (_, row) => `0.5,0.5,${row},0`);
    const data = place.file('ids.csv', `a,b,id,y\n${lines.join('\n')}\n`);
    const release = releaseOf('echo', { data, label: 'y', slices: ['id'] }, { release: 'echo-r8' });
    await expect(evaluateRelease(place.world, release)).rejects.toMatchObject({ code: 'evaluation.slices' });
  });

  test('equal bytes are cut alike, and a large table into many', async () => {
    const lines = Array.from({ length: 100_000 }, (_, row) => `0.5,0.25,${row % 2}`);
    const data = place.file('large.csv', `a,b,y\n${lines.join('\n')}\n`);
    const release = releaseOf('echo', { data, label: 'y' }, { release: 'echo-r9' });
    await planEvaluation(place.world, release);
    const shards = await shardsOf(place.world.store, release);
    const plan = await planOf(place.world.store, release);
    expect([shards.length, plan.shards]).toEqual([5, 5]);
    expect(shards.map(({ index, input: of }) => [index, of])).toEqual([0, 1, 2, 3, 4].map((index) => [index, 0]));
  });
});
