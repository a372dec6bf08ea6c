/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '#adapters/local/config.ts';
import { openStore } from '#adapters/stores.ts';
import { listActions } from '#core/monitoring/act/actions.ts';
import { Registry } from '#core/registry/registry.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { listTrainings } from '#core/training/trainings.ts';
import type { Workplace } from '../../bin/cli/registry.ts';
import { onnward, testFolder } from '../bin/cli.ts';
import { root } from '../repository/sources.ts';
import { liveScans, moved, writeTables } from './support/digits.ts';
import { Scanner } from './support/scanner.ts';

/** Requests an hour. */
const RATE = 300;

const CONFIG = {
  models: {
    digits: {
      feedback: true,
      training: {
        source: join(root, 'trainers/tabular'),
        hyperparameters: { label: 'digit', folds: '2' },
        channels: { training: 'data/train.csv' },
      },
      evaluation: { data: 'data/heldout.csv', label: 'digit' },
      gates: [
        { gate: 'atLeast', metric: 'accuracy', value: 0.75 },
        { gate: 'nonInferior', metric: 'accuracy', margin: 0.06 },
      ],
      watch: {
        drift: { then: 'retrain' },
        accuracy: { below: 0.8, window: '1h', minimum: 100, then: 'notify' },
      },
    },
  },
};

async function command(cwd: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await onnward(args, { cwd, limitMs: 280_000 });
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Version 1 is trained on data that lies there, and live. */
async function workplace(): Promise<Workplace> {
  const folder = testFolder();
  writeTables(folder);
  writeFileSync(join(folder, 'onnward.config.ts'), `export default ${JSON.stringify(CONFIG)};\n`);
  await command(folder, ['train', 'digits']);
  await command(folder, ['alias', 'digits', 'live', '1']);
  const store = await openStore(`file:${join(folder, '.onnward')}`);
  const registry = new Registry(store, { clock: Date.now, actor: 'test' });
  return { ...(await loadConfig(folder)), store, registry };
}

test('the scanner is moved: drift is found in the second hour, and the model that has learned it goes live', async () => {
  const place = await workplace();
  const scanner = await Scanner.open(place, join(place.folder, 'cache'));
  onTestFinished(() => scanner.close());
  const { store, registry } = scanner.world;
  const drifting = ({ windows }: Awaited<ReturnType<Scanner['look']>>) => windows.map(({ drift }) => drift?.state);

  // Two hours as in training.
  expect(await scanner.hour(liveScans(0, RATE))).toBeGreaterThan(0.9);
  expect(drifting(await scanner.look())).toEqual(['stable']);
  expect(await scanner.hour(liveScans(RATE, RATE))).toBeGreaterThan(0.9);
  expect(await scanner.look()).toMatchObject({ windows: [{ drift: { state: 'stable' } }], actions: [] });

  // The paper lies a pixel further to the right: the first hour is a suspicion, and accuracy falls.
  expect(await scanner.hour(liveScans(0, RATE).map(moved))).toBeLessThan(0.6);
  const first = await scanner.look();
  expect(drifting(first)).toEqual(['suspected']);
  expect(first.windows[0]?.quality[0]?.figures[0]).toMatchObject({ metric: 'accuracy', value: expect.any(Number) });
  expect(first.windows[0]!.quality[0]!.figures[0]!.value).toBeLessThan(0.6);
  expect(first.actions).toMatchObject([{ request: { kind: 'notify', about: 'accuracy' }, state: 'done' }]);
  expect(scanner.news[0]?.message).toMatch(/were right, and are to be 80 % or more/);

  // By the second one the alarm goes off, and a training begins on what has come live.
  await scanner.hour(liveScans(RATE, RATE).map(moved));
  const second = await scanner.look();
  expect(drifting(second)).toEqual(['drifting']);
  expect(second.actions).toMatchObject([{ request: { kind: 'retrain', about: 'drift', version: 1 }, state: 'done' }]);
  await scanner.actors.ended();
  const [training] = await listTrainings(store, 'digits');
  expect(training?.training).toMatchObject({
    trigger: 'alarm',
    action: 'digits-a2',
    options: { release: true, channels: { live: 'live-rows/digits/training/' } },
  });

  // Through the gates, judged on rows that came live and were not learned from.
  expect(await releaseStatus(store, 'digits-r1')).toMatchObject({
    release: { version: 2, options: { evaluation: { data: 'live-rows/digits/heldout/', label: 'digit' } } },
    state: 'live',
  });
  expect((await registry.alias('digits', 'live'))?.version).toBe(2);
  await scanner.serves(2);
  expect(await scanner.hour(liveScans(0, RATE).map(moved))).toBeGreaterThan(0.8);

  // What comes now is what it has learned; and another move within a day is told, and not trained again.
  const third = await scanner.look();
  expect(third.windows).toMatchObject([{ version: 2 }]);
  for (const shift of [(scan: ReturnType<typeof moved>) => moved(moved(scan))]) {
    for (let hour = 0; hour < 3; hour++) {
      await scanner.hour(
        liveScans(hour * RATE, RATE)
          .map(moved)
          .map(shift),
      );
      await scanner.look();
    }
  }
  await scanner.actors.ended();
  const actions = await listActions(store, 'digits');
  expect(actions.filter(({ request }) => request.kind === 'retrain')).toHaveLength(1);
  expect(actions.some(({ request }) => request.instead?.kind === 'retrain')).toBe(true);
  expect(await listTrainings(store, 'digits')).toHaveLength(2);

  // The history tells all of it.
  const records = await Array.fromAsync(registry.history('digits'));
  const told = records.map(
    ({ action, ...record }) => `${action} ${String(record['id'] ?? record['version'] ?? record['to'])}`,
  );
  expect(told.filter((line, at) => line !== told[at - 1] && !line.startsWith('alias 1')).slice(0, 6)).toEqual([
    'register 1',
    'act digits-a1',
    'act digits-a2',
    'register 2',
    'alias 2',
    'release 2',
  ]);
  const shown = await command(place.folder, ['monitor', 'digits', '--last', '12']);
  expect(shown).toMatch(/drifting: /);
  expect(shown).toMatch(/digits-a2 {2}retrain, about drift: done\./);
});
