import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';
import { planEvaluation } from '#core/release/evaluation/plan-evaluation.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import { evaluateRelease, example, fixtureFile, newPlace, type Place, planOf, releaseOf } from './support/place.ts';
import { csvOf, exampleTable, jsonlOf, parquetOf, type Table } from './support/tables.ts';

let place: Place;
let number = 0;

const SPECIES = ['setosa', 'versicolor', 'virginica'];
const graphOf = (name: string): string => join(example(name), 'model.onnx');

/** Its report, without where the rows lie. */
async function reportOn(
  model: string,
  data: string,
  options: Omit<EvaluationOptions, 'data'>,
  more: Parameters<typeof releaseOf>[2] = {},
): Promise<Omit<EvaluationReport, 'data'> & { rows: Awaited<ReturnType<typeof evaluateRelease>>['rows'] }> {
  number += 1;
  const release = releaseOf(model, { data, ...options }, { release: `${model}-r${number}`, ...more });
  const { report, rows } = await evaluateRelease(place.world, release);
  const { data: _, ...rest } = report;
  return { ...rest, rows };
}

beforeAll(async () => {
  place = await newPlace();
  await place.register('iris', graphOf('iris'), { labels: { probabilities: SPECIES } });
  await place.register('iris', graphOf('iris'), { labels: { probabilities: SPECIES } });
  await place.register('digits', graphOf('digits'), { labels: { probabilities: '0123456789'.split('') } });
  await place.register('echo', fixtureFile('identity_fp32'));
});

const fileOf = (name: string, table: Table): string => {
  const content = name.includes('.csv')
    ? csvOf(table)
    : name.includes('.jsonl')
      ? jsonlOf(table)
      : parquetOf(table, 20);
  return place.file(name, content);
};

describe('of the examples it says what scikit-learn says of them:', () => {
  test.each([
    ['iris', 'species', 45],
    ['digits', 'digit', 540],
  ])('%s', async (name, label, count) => {
    const data = place.file(`${name}.csv`, readFileSync(join(example(name), 'heldout.csv')));
    const report = await reportOn(name, data, { label });
    const said = JSON.parse(readFileSync(join(example(name), 'metrics.json'), 'utf8')) as Record<string, number>;
    expect(report.challenger.metrics['accuracy']).toBeCloseTo(said['accuracy']!, 4);
    expect(report.challenger.metrics['log_loss']).toBeCloseTo(said['log_loss']!, 4);
    expect(report.quality).toMatchObject({ rows: count, bad: 0, reasons: {}, missing: {} });
    expect(report.rows.count).toBe(count);
    expect(report.challenger.latencies).toHaveLength(300);
    expect(report.challenger.size).toBe(readFileSync(graphOf(name)).length);
    expect(report.champion).toBeUndefined();
  });
});

describe('it is the same report, whatever the format:', () => {
  const iris = exampleTable('iris', ['species']);
  const table: Table = {
    ...iris,
    writer: iris['species']!.map((_, row) => `w${row % 3}`),
    species: iris['species']!.map((name, row) => (row === 7 ? 'no such' : name)),
  };
  const options = { label: 'species', slices: ['writer'] };
  let expected: unknown;

  beforeAll(async () => {
    expected = await reportOn('iris', fileOf('same.csv', table), options);
  });

  test.each(['same.csv.gz', 'same.jsonl', 'same.jsonl.gz', 'same.parquet'])('%s', async (name) => {
    expect(await reportOn('iris', fileOf(name, table), options)).toEqual(expected);
  });

  test('several files below a prefix of the store', async () => {
    const [heading, ...lines] = csvOf(table).trimEnd().split('\n');
    const parts = [lines.slice(0, 20), [], lines.slice(20, 21), lines.slice(21)];
    for (const [index, part] of parts.entries()) {
      const bytes = Buffer.from([heading, ...part, ''].join('\n'));
      await place.world.store.put(`live-rows/iris/heldout/2026-11-23T0${index}-1h.csv`, bytes);
    }
    expect(await reportOn('iris', 'live-rows/iris/heldout/', options)).toEqual(expected);
  });

  test('and it knows of slices and of bad labels', () => {
    const { slices, quality } = expected as EvaluationReport;
    expect(slices.map(({ column, value, rows }) => [column, value, rows])).toEqual([
      ['writer', 'w0', 15],
      ['writer', 'w1', 14],
      ['writer', 'w2', 15],
    ]);
    expect(quality).toMatchObject({ rows: 45, bad: 1, reasons: { 'row.label': 1 } });
    expect(Object.values(quality.classes).reduce((sum, count) => sum + count)).toBe(44);
  });
});

describe('what a row is bad for is counted, and nothing breaks:', () => {
  const heading = 'sepal_length,sepal_width,petal_length,petal_width,species\n';
  const good = '5.1,3.5,1.4,0.2,setosa\n';

  test.each([
    ['no label', '5.1,3.5,1.4,0.2,\n', { 'row.label': 1 }, { species: 1 }],
    ['no class', '5.1,3.5,1.4,0.2,tulip\n', { 'row.label': 1 }, {}],
    ['an empty cell', '5.1,,1.4,0.2,setosa\n', { 'row.missing': 1 }, {}],
    ['no number', '5.1,x,1.4,0.2,setosa\n', { 'row.number': 1 }, {}],
    ['NaN, of which the model makes NaN', '5.1,nan,1.4,0.2,setosa\n', { 'row.prediction': 1 }, { sepal_width: 1 }],
    ['a cell too many', '5.1,3.5,1.4,0.2,setosa,1\n', { 'row.cells': 1 }, {}],
  ])('%s', async (_, line, reasons, missing) => {
    const data = place.file('bad.csv', heading + good + line + good);
    const { quality, rows } = await reportOn('iris', data, { label: 'species' });
    expect(quality).toMatchObject({ rows: 3, bad: 1, reasons, missing, duplicates: 1 });
    expect(rows.count).toBe(2);
  });

  test('none of them is good: there is a report, without a number', async () => {
    const data = place.file('none.csv', `${heading}5.1,3.5,1.4,0.2,tulip\n`);
    const report = await reportOn('iris', data, { label: 'species', slices: ['sepal_length'], columns: IRIS });
    expect(report.challenger.metrics).toEqual({});
    expect(report.slices).toEqual([]);
    expect(report.rows.count).toBe(0);
    expect(report.notes).toEqual(["No row has in 'species' one of the classes setosa, versicolor, virginica."]);
  });

  test('not even readable: the same', async () => {
    const data = place.file('unreadable.csv', `${heading}a,b,c,d,setosa\n`);
    const report = await reportOn('iris', data, { label: 'species' });
    expect(report.quality).toMatchObject({ rows: 1, bad: 1, reasons: { 'row.number': 1 } });
    expect(report.challenger.latencies).toEqual([]);
  });
});

const IRIS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];

test('labels may be indices of the classes, a slice may be a feature, and rows that are the same are counted', async () => {
  const iris = exampleTable('iris', ['species']);
  const table = { ...iris, species: iris['species']!.map((name) => SPECIES.indexOf(name as string)) };
  const data = fileOf('indices.csv', { ...table });
  const options = { label: 'species', slices: ['petal_width'] };
  const report = await reportOn('iris', data, options);
  expect(report.challenger.metrics['accuracy']).toBeGreaterThan(0.9);
  expect(report.slices.length).toBeGreaterThan(5);
  const texts = csvOf(table).trim().split('\n').slice(1);
  expect(report.quality.duplicates).toBe(texts.length - new Set(texts).size);
});

describe('a regression', () => {
  test('has the numbers of its errors', async () => {
    const data = place.file('values.csv', 'x,y\n1,2\n2,2\n4,3\n');
    const report = await reportOn('echo', data, { label: 'y', task: 'regression' });
    expect(report.task).toBe('regression');
    expect(report.challenger.metrics['mean_absolute_error']).toBeCloseTo(2 / 3, 12);
    expect(report.classes).toEqual([]);
    expect(report.challenger.confusion).toBeUndefined();
    expect([...report.rows.truth]).toEqual([2, 2, 3]);
  });

  test('has no row whose target is no number', async () => {
    const data = place.file(
      'values.jsonl',
      '{"x":1,"y":2}\n{"x":1,"y":null}\n{"x":1,"y":"a"}\n{"x":1}\n{"x":2,"y":1e400}\n',
    );
    const { quality } = await reportOn('echo', data, { label: 'y', task: 'regression' });
    expect(quality).toMatchObject({ rows: 5, bad: 4, reasons: { 'row.label': 4 }, missing: { y: 2 } });
  });
});

describe('two classes', () => {
  test.each([
    ['two probabilities', 'p0,p1,y\n0.2,0.8,1\n0.6,0.4,0\n0.3,0.7,0\n0.5,0.5,0\n', {}],
    ['one probability', 'p,y\n0.8,1\n0.4,0\n0.7,0\n0.5,0\n', { task: 'classification' as const }],
    [
      'one logit',
      'p,y\n1.3862944,true\n-0.4054651,false\n0.8472979,false\n0,False\n',
      { task: 'classification' as const, scores: 'logits' as const },
    ],
    ['two logits', 'p,q,y\n0,1.3862944,1\n0.4054651,0,0\n0,0.8472979,0\n7,7,0\n', { scores: 'logits' as const }],
  ])('come of %s', async (_, content, options) => {
    const report = await reportOn('echo', place.file('two.csv', content), { label: 'y', ...options });
    expect(report.positive).toBe('1');
    expect(report.notes).toEqual(["'1' is the positive class."]);
    expect(report.challenger.confusion).toEqual([
      [2, 1],
      [0, 1],
    ]);
    expect(report.challenger.metrics['roc_auc']).toBe(1);
    expect(report.challenger.metrics['brier_score']).toBeCloseTo((0.04 + 0.16 + 0.49 + 0.25) / 4, 6);
  });

  test('the positive one is that of the options', async () => {
    const report = await reportOn('echo', place.file('p.csv', 'p0,p1,y\n0.2,0.8,1\n0.6,0.4,0\n'), {
      label: 'y',
      positive: '0',
    });
    expect([report.positive, report.rows.positive, report.notes]).toEqual(['0', 0, undefined]);
  });
});

describe('a champion', () => {
  test('of the same bytes says the same of the same rows', async () => {
    const data = place.file('both.csv', readFileSync(join(example('iris'), 'heldout.csv')));
    const { challenger, champion, rows } = await reportOn(
      'iris',
      data,
      { label: 'species' },
      { version: 2, champion: 1 },
    );
    expect({ ...champion, version: 2 }).toEqual(challenger);
    expect(rows.champion).toEqual(rows.challenger);
  });

  test('that is the very same version is none', async () => {
    const data = place.file('both.csv', readFileSync(join(example('iris'), 'heldout.csv')));
    const report = await reportOn('iris', data, { label: 'species' }, { version: 2, champion: 2 });
    expect(report.champion).toBeUndefined();
  });

  test('with its classes in another order, or others, is brought to those of the challenger', async () => {
    await place.register('swap', fixtureFile('identity_fp32'), { labels: { y: ['no', 'yes', 'maybe'] } });
    await place.register('swap', fixtureFile('identity_fp32'), { labels: { y: ['yes', 'no', 'never'] } });
    const data = place.file('swap.csv', 'a,b,c,label\n0.7,0.2,0.1,yes\n0.2,0.7,0.1,no\n0.1,0.1,0.8,never\n');
    const report = await reportOn('swap', data, { label: 'label' }, { version: 2, champion: 1 });
    expect(report.notes).toEqual([
      'The champion has other classes: it does not know never; where it says maybe, it is wrong.',
    ]);
    expect([...report.rows.challenger.predicted]).toEqual([0, 1, 2]);
    expect([...report.rows.champion!.predicted]).toEqual([1, 0, -1]);
    expect([...report.rows.champion!.probabilities!.subarray(0, 3)].map((p) => p.toFixed(1))).toEqual([
      '0.2',
      '0.7',
      '0.0',
    ]);
    expect(report.champion!.confusion![2]).toEqual([0, 0, 0, 1]);
  });

  test('whose classes nobody has named has them by their places', async () => {
    await place.register('plain', fixtureFile('identity_fp32'));
    await place.register('plain', fixtureFile('identity_fp32'), { labels: { y: ['cat', 'dog'] } });
    const data = place.file('plain.csv', 'a,b,label\n0.7,0.3,cat\n0.2,0.8,dog\n');
    const forth = await reportOn('plain', data, { label: 'label' }, { version: 2, champion: 1 });
    const back = await reportOn('plain', data, { label: 'label' }, { version: 1, champion: 2 });
    expect(forth.champion!.metrics['accuracy']).toBe(1);
    expect([back.classes, back.champion!.metrics['accuracy']]).toEqual([['cat', 'dog'], 1]);
    expect(back.notes?.[0]).toBe('The classes of the challenger are named as those of the champion.');
  });

  test('that takes other tensors has its own pass; what only one can score is bad', async () => {
    await place.register('types', fixtureFile('identity_int64'), { labels: { y: ['0', '1'] } });
    await place.register('types', fixtureFile('identity_fp32'));
    const lines = Array.from({ length: 200 }, (_, row) =>
      row % 50 === 49 ? '0.25,0' : `${row % 2},${row % 3 === 0 ? 1 : 0}`,
    );
    const data = place.file('types.csv', `x,y\n${lines.join('\n')}\n`);
    const options = { label: 'y', task: 'classification' as const };
    const report = await reportOn('types', data, options, { version: 2, champion: 1 });
    const plan = await planOf(place.world.store, releaseOf('types', undefined, { release: `types-r${number}` }));
    expect(plan.shared).toBe(false);
    expect(report.quality).toMatchObject({ rows: 200, bad: 4, reasons: { 'row.champion': 4 } });
    expect(report.rows.count).toBe(196);
    expect([...report.rows.champion!.predicted]).toEqual([...report.rows.challenger.predicted]);
  });

  test('that the rows do not fit is an error, or left out where inputs may break', async () => {
    await place.register('wide', fixtureFile('mlp_rows'));
    await place.register('wide', fixtureFile('identity_fp32'));
    const data = place.file('wide.csv', 'a,b,label\n0.7,0.3,0\n0.2,0.8,1\n');
    const versions = { version: 2, champion: 1 };
    await expect(reportOn('wide', data, { label: 'label' }, versions)).rejects.toMatchObject({
      code: 'evaluation.columns',
    });
    const report = await reportOn('wide', data, { label: 'label' }, { ...versions, allowBreaking: true });
    expect([report.champion, report.rows.champion]).toEqual([undefined, undefined]);
    expect(report.notes?.[0]).toMatch(/^The champion is not compared with: The held-out rows do not fit wide:1\./);
  });
});

describe('only labels', () => {
  test('are classes as the rows name them', async () => {
    await place.register('labels', fixtureFile('identity_bytes'));
    const data = place.file('labels.csv', 'said,label\ncat,cat\ndog,cat\nfox,dog\n');
    const report = await reportOn('labels', data, { label: 'label' });
    expect(report.classes).toEqual(['cat', 'dog']);
    expect(report.challenger.confusion).toEqual([
      [1, 1, 0],
      [0, 0, 1],
    ]);
    expect(report.rows.challenger.probabilities).toBeUndefined();
    expect(report.challenger.calibration).toBeUndefined();
  });

  test('may be numbers', async () => {
    await place.register('numbers', fixtureFile('identity_int64'));
    const data = place.file('numbers.csv', 'said,label\n10,10.0\n9,9.0\n10,9.0\n');
    const report = await reportOn('numbers', data, { label: 'label' });
    expect(report.classes).toEqual(['9', '10']);
    expect(report.challenger.metrics['accuracy']).toBeCloseTo(2 / 3, 12);
  });
});

describe('a row by itself:', () => {
  test.each([
    // Alone each row has 1 for each class: a tie, of which the first counts.
    ['rows that change one another', 'rows_interact', {}, 1, 0.5],
    ['a version that is served so', 'identity_fp32', { serving: { exact: true } }, 1, 1],
    ['a first dimension that is fixed', 'fixed_shape', {}, 2, 1],
    ['all others', 'identity_fp32', {}, 64, 1],
  ])('%s', async (name, graph, said, batchRows, accuracy) => {
    const model = name.replaceAll(' ', '-');
    await place.register(model, fixtureFile(graph), said);
    const wide = graph === 'fixed_shape';
    const content = wide
      ? 'a,b,c,label\n0.1,0.2,0.7,2\n0.1,0.8,0.1,1\n0.9,0,0.1,0\n'
      : 'a,b,label\n0.9,0.1,0\n0.2,0.8,1\n';
    const report = await reportOn(model, place.file('alone.csv', content), { label: 'label' });
    const plan = await planOf(place.world.store, releaseOf(model, undefined, { release: `${model}-r${number}` }));
    expect(plan.challenger.batchRows).toBe(batchRows);
    expect([report.challenger.metrics['accuracy'], report.rows.count]).toEqual([accuracy, wide ? 3 : 2]);
  });
});

test('the model refuses a row: it is bad, and the others are scored', async () => {
  await place.register('lookup', fixtureFile('lookup'));
  const data = place.file('lookup.csv', 'x,y\n0,10\n9,10\n3,12\n');
  const report = await reportOn('lookup', data, { label: 'y' });
  expect(report.quality).toMatchObject({ rows: 3, bad: 1, reasons: { 'row.model': 1 } });
  expect(report.challenger.metrics['mean_absolute_error']).toBe(0.5);
});

test('without rows to be judged on, or with a report, it goes on to the gates', async () => {
  const none = releaseOf('iris', undefined, { release: 'iris-r1000' });
  expect(await planEvaluation(place.world, none)).toEqual({ release: 'iris-r1000', next: 'gates' });
  const data = place.file('iris.csv', readFileSync(join(example('iris'), 'heldout.csv')));
  const some = releaseOf('iris', { data, label: 'species' }, { release: 'iris-r1001' });
  expect(await planEvaluation(place.world, some)).toEqual({
    release: 'iris-r1001',
    next: 'score',
    list: { bucket: place.world.store.url, key: 'releases/iris-r1001/evaluation/shards.json' },
    concurrency: 2,
  });
  await evaluateRelease(place.world, some);
  expect(await planEvaluation(place.world, some)).toEqual({ release: 'iris-r1001', next: 'gates' });
});
