/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { encode } from '#core/documents.ts';
import type { ActionRequest } from '#core/monitoring/monitor/documents.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { Stage } from '../core/monitoring/monitor/support/stage.ts';
import { listening, onnward, testFolder } from './cli.ts';

/** A folder with a configuration and a registry: two hours of requests to loans, of which the second is another sort. */
async function laptop(watch: object = { drift: { then: 'notify', persistence: 1 } }): Promise<string> {
  const cwd = testFolder();
  const config = { models: { loans: { watch }, iris: {} } };
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(config)};\n`);
  const stage = await Stage.open();
  await stage.hour();
  await stage.hour({ shift: 1 });
  const store = await openStore(`file:${join(cwd, '.onnward')}`);
  for (const key of stage.memory.keys) await store.put(key, (await stage.memory.get(key))!.bytes);
  return cwd;
}

test('what was found out of windows is shown, and what was done', async () => {
  const cwd = await laptop();
  const { code, stdout, stderr } = await onnward(['monitor', 'loans'], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('monitor: loans: drift alarm') });
  expect(stdout).toMatch(/^2026-11-23T00-1h {2}1 {8}300 {3}stable {2,}-$/m);
  expect(stdout).toMatch(/^2026-11-23T01-1h {2}1 {8}300 {3}drifting: age, label, probabilities \+2 {2}-$/m);
  expect(stdout).toMatch(/^loans-a1 {2}notify, about drift: done\. Told people\./m);
  const again = await onnward(['monitor', '--json', '--last', '1'], { cwd });
  expect(JSON.parse(again.stdout)).toMatchObject({
    model: 'loans',
    windows: [{}],
    alarms: { drift: { state: 'ALARM' } },
    actions: [{ request: { action: 'loans-a1' } }],
  });
  expect((await onnward(['history', 'loans'], { cwd })).stdout).toMatch(
    /loans-a1: notify, about drift, done: Told people/,
  );
});

test('a person decides on what waits', async () => {
  const cwd = await laptop();
  const store = await openStore(`file:${join(cwd, '.onnward')}`);
  const request: ActionRequest = {
    format: 1,
    action: 'loans-a1',
    model: 'loans',
    kind: 'approve',
    about: 'drift',
    cause: 'x',
    reason: 'Drift.',
    at: new Date().toISOString(),
    version: 1,
    told: 'x',
  };
  await store.put('monitoring/loans/actions/000000001/request.json', encode(request));
  const said = ['loans-a1', '--reason', 'a holiday'];
  expect(await onnward(['reject', ...said], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^loans-a1 {2}approve, about drift: rejected\. .* rejected it: a holiday/),
  });
  const { code, stderr } = await onnward(['approve', ...said], { cwd });
  expect({ code, stderr }).toMatchObject({ stderr: expect.stringContaining('action.decided') });
  expect(code).toBeGreaterThan(0);
});

test.each([
  [['monitor', 'iris'], 'monitor.not_watched'],
  [['monitor', 'loans', '--last', '0'], 'usage.'],
  [['approve', 'loans-a7', '--reason', 'x'], 'action.not_found'],
  [['monitor', 'loans', '--stage', 'prod', '--store', 'file:x'], 'usage.either'],
])('%j is refused: %s', async (args, code) => {
  const { stderr, code: exit } = await onnward(args, { cwd: await laptop() });
  expect(exit).toBeGreaterThan(0);
  expect(stderr).toContain(code);
});

test('onnward dev watches beside serving, and /metrics shows it', async () => {
  const cwd = testFolder();
  const config = { models: { iris: { watch: { drift: { then: 'notify' } } } } };
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(config)};\n`);
  const store = await openStore(`file:${join(cwd, '.onnward')}`);
  // The last window that is over was looked at.
  const { id, from, to } = windowOf(Date.now() - 75 * 60_000, 1);
  const [began, ended] = [from, to].map((at) => new Date(at).toISOString());
  const said = { format: 1, model: 'iris', window: id, from: began, to: ended, at: ended, version: 1 };
  const features = [{ name: 'petal_length', role: 'input', drifted: true, confirmed: true }];
  const drift = { state: 'drifting', rows: 300, features, violations: [] };
  await store.put(
    `monitoring/iris/windows/${id}.json`,
    encode({ ...said, captured: 300, unreadable: 0, quality: [], drift }),
  );
  const server = await listening(['dev'], { cwd });
  let metrics = '';
  for (let tries = 0; tries < 150 && !metrics.includes('onnward_drifting_features{'); tries++) {
    await sleep(100);
    metrics = await (await fetch(`${server.url}/metrics`)).text();
  }
  expect(metrics).toMatch(/^onnward_drifting_features\{model="iris"\} 1$/m);
  server.kill('SIGINT');
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('monitor: iris-a1  notify') });
});
