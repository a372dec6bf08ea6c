/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { beforeAll, describe, expect, test } from 'vitest';
import { baselineKey, reportsPrefix } from '#core/monitoring/keys.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import { gatherReport } from '#core/monitoring/report/gather.ts';
import { latestReportKey, writeReport } from '#core/monitoring/report/write-report.ts';
import { Stage } from '../monitor/support/stage.ts';

const WATCHED: WatchedModel = {
  watch: {
    drift: { then: 'notify' },
    accuracy: { below: 0.85, window: '1h', minimum: 100, then: 'notify' },
    slices: ['age'],
  },
  capture: {},
  feedback: {},
};

describe('the story of a shift', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open(WATCHED);
    for (let hour = 0; hour < 3; hour++) await stage.hour({ rows: 220, right: 0.95 });
    for (let hour = 0; hour < 3; hour++) await stage.hour({ rows: 220, shift: 1, right: 0.7 });
    await stage.look();
  });

  test('tells which features moved, since when, and how', async () => {
    const { report } = await gatherReport(stage.world, 'loans', WATCHED);
    expect(report.document).toMatchObject({ window: '2026-11-23T05-1h', drift: { state: 'drifting' } });
    expect(report.since.get('input age')).toBe('2026-11-23T03-1h');
    expect(report.since.has('input income')).toBe(false);
    expect(report.distributions.get('input age')?.kind).toBe('numbers');
    expect(report.documents).toHaveLength(6);
    expect(report.watched).toStrictEqual({ metric: 'accuracy', threshold: 0.85 });
  });

  test('takes the drop of the accuracy apart, against the windows before', async () => {
    const { report } = await gatherReport(stage.world, 'loans', WATCHED);
    const { explained } = report;
    expect(explained).toMatchObject({ metric: 'accuracy', rows: [660, 660], since: '2026-11-23T03-1h' });
    const [before = 0, now = 0] = explained?.values ?? [];
    expect(before).toBeGreaterThan(0.92);
    expect(now).toBeLessThan(0.78);
    expect(explained?.features.map(({ feature }) => feature).sort()).toStrictEqual(['age', 'income']);
    for (const { change, mix, within } of explained!.features) {
      expect(change).toBeCloseTo(now - before, 10);
      expect(mix + within).toBeCloseTo(change, 10);
      // Truths are wrong at random here, whatever the age.
      expect(Math.abs(mix)).toBeLessThan(0.05);
    }
  });

  test('is a page, and the files of Model Monitor, again and again', async () => {
    const written = await writeReport(stage.world, 'loans', WATCHED);
    const names = ['', '/statistics', '/constraints', '/constraint_violations'];
    expect(written.keys).toStrictEqual([
      ...names.map((name) => `${reportsPrefix('loans')}2026-11-23T05-1h${name}.${name === '' ? 'html' : 'json'}`),
      latestReportKey('loans'),
    ]);
    const latest = await stage.memory.get(latestReportKey('loans'));
    expect(Buffer.from(latest!.bytes).toString()).toBe(written.html);
    for (const heading of [
      'Features that moved',
      'What explains',
      'Quality: <bdi>accuracy',
      'By slice',
      'Violations',
    ]) {
      expect(written.html).toContain(heading);
    }
    const json = async (name: string) =>
      JSON.parse(
        Buffer.from((await stage.memory.get(`${reportsPrefix('loans')}2026-11-23T05-1h/${name}`))!.bytes).toString(),
      );
    expect(await json('statistics.json')).toMatchObject({ version: 0, dataset: { item_count: 220 } });
    expect((await json('constraints.json')).features).toHaveLength(6);
    expect((await json('constraint_violations.json')).violations.length).toBeGreaterThan(0);
    expect((await writeReport(stage.world, 'loans', WATCHED)).html).toBe(written.html);
  });

  test('of an earlier window tells what was known then', async () => {
    const { report } = await gatherReport(stage.world, 'loans', WATCHED, '2026-11-23T01-1h');
    expect(report.document.drift?.state).toBe('stable');
    expect(report.documents).toHaveLength(2);
    expect([...report.since.keys()]).toStrictEqual([]);
  });

  test('has a page without drift, and says what it lacks, where the baseline cannot be read', async () => {
    const manifest = await stage.world.registry.manifest('loans', 1);
    const { key, sha256 } = manifest.baseline!.profile!;
    expect(key).toBe(baselineKey('loans', sha256));
    const { bytes } = (await stage.memory.get(key))!;
    await stage.memory.put(key, Buffer.from('touched'));
    const { html, keys } = await writeReport(stage.world, 'loans', WATCHED);
    await stage.memory.put(key, bytes);
    expect(html).toContain('is not what it was when the version was registered');
    expect(keys).toHaveLength(2);
  });
});

describe('little to tell', () => {
  test('no window', async () => {
    const { world } = await Stage.open(WATCHED);
    await expect(writeReport(world, 'loans', WATCHED)).rejects.toMatchObject({ code: 'report.no_window' });
    await expect(gatherReport(world, 'loans', WATCHED, '2026-01-01T00-1h')).rejects.toThrow(
      'The window 2026-01-01T00-1h of loans was not looked at.',
    );
  });

  test('too few truths', async () => {
    const stage = await Stage.open(WATCHED);
    await stage.hour({ rows: 220, right: 0.9 });
    await stage.look();
    const { report } = await gatherReport(stage.world, 'loans', WATCHED);
    expect(report.explained).toBeUndefined();
    expect(report.notes).toStrictEqual([
      expect.stringContaining('the truth of 0 rows before and of 220 since is known'),
    ]);
  });

  test('too few rows', async () => {
    const stage = await Stage.open(WATCHED);
    await stage.hour({ rows: 50 });
    await stage.look();
    const { html } = await writeReport(stage.world, 'loans', WATCHED);
    expect(html).toContain('too few rows');
  });
});
