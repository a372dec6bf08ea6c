import { describe, expect, test } from 'vitest';
import { HEADING, jobOn, provenanceOf, ROWS } from './tabular.ts';

const [TRAINING, LIVE] = [ROWS.slice(0, 300), ROWS.slice(300)];
const columns = HEADING.split(',');
const label = columns.indexOf('diagnosis');

/** A live table: cells by the names of the columns. */
const live = (names: readonly string[], rows: readonly string[] = LIVE): string =>
  [names, ...rows.map((row) => names.map((name) => row.split(',')[columns.indexOf(name)] ?? 'extra'))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
const job = (tables: readonly string[], hyperparameters = {}) =>
  jobOn([HEADING, ...TRAINING], hyperparameters).channel(
    'live',
    ...tables.map((text, at) => ({ name: `2026-11-2${at}T07-1h.csv`, text })),
  );

describe('rows of the channel live', () => {
  test('are learned from, whatever the order of their columns', () => {
    const features = columns.filter((_, at) => at !== label);
    const trained = job([
      live([...features.toReversed(), 'diagnosis']),
      live(columns, LIVE.slice(0, 1)),
      `${HEADING}\n`,
    ]);
    const { code, output } = trained.run();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(`${LIVE.length + 1} rows are of live traffic.`);
    const { data, columns: learned } = provenanceOf(trained);
    expect(data).toMatchObject({
      rows: ROWS.length,
      source: 'rows.csv',
      live_files: 3,
      cleaning: { rows: ROWS.length + 1, live: LIVE.length + 1, duplicates: 1 },
    });
    expect(learned).toEqual(features);

    const alone = jobOn([HEADING, ...ROWS]);
    expect(alone.run()).toMatchObject({ code: 0 });
    expect(trained.model('model.onnx')).toBeDefined();
    // The same rows, wherever they come from, are the same model.
    expect(trained.text('labels.txt')).toBe(alone.text('labels.txt'));
    expect(JSON.parse(trained.text('metrics.json'))).toEqual(JSON.parse(alone.text('metrics.json')));
  });

  test('need not have what is dropped, and may have more', () => {
    const dropped = columns.find((_, at) => at !== label) as string;
    const names = [...columns.filter((name) => name !== dropped), 'extra'];
    expect(job([live(names)], { drop: dropped }).run()).toMatchObject({ code: 0 });
  });

  test('are none in an empty channel', () => {
    const trained = job([]);
    expect(trained.run()).toMatchObject({ code: 0 });
    expect(provenanceOf(trained).data).toMatchObject({ rows: TRAINING.length, cleaning: { live: 0 } });
    expect(provenanceOf(trained).data).not.toHaveProperty('live_files');
  });

  test.each([
    [
      'of other columns',
      live(['diagnosis', 'extra']),
      /^2026-11-20T07-1h\.csv of the channel 'live' lacks .* and \d+ more/,
    ],
    ['without the label', live(columns.filter((_, at) => at !== label)), /has no column 'diagnosis'/],
    ['without a heading', '', /is empty/],
  ])('%s are refused', (_, table, failure) => {
    const trained = job([table]);
    expect(trained.run()).toMatchObject({ code: 1 });
    expect(trained.failure).toMatch(failure);
  });

  test('of no table are refused', () => {
    const trained = jobOn([HEADING, ...TRAINING]).channel('live', { name: 'rows.parquet', text: 'x' });
    expect(trained.run()).toMatchObject({ code: 1 });
    expect(trained.failure).toMatch(/channel 'live' has no \.csv/);
  });
});
