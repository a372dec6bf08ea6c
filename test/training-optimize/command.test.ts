import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inRepository, onnward, temporaryFolder } from '../bin/cli.ts';

/*
 * The command as a person types it: the workflow, the job in a virtual environment, the guard, the registry. It takes the
 * packages of trainers/optimize from PyPI once.
 */

const cwd = temporaryFolder();
const MINUTES = 4 * 60_000;
const run = (...args: string[]) => onnward(args, { cwd, limitMs: MINUTES });
const heldOut = ['--data', inRepository('examples/digits/heldout.csv'), '--label', 'digit'];

beforeAll(async () => {
  const labels = inRepository('examples/digits/labels.txt');
  const { code } = await run('register', 'digits', inRepository('examples/digits/model.onnx'), '--labels', labels);
  expect(code).toBe(0);
});

test('optimize makes a new version of the smallest variant that passes, and leaves the old one as it was', async () => {
  const before = (await run('show', 'digits:1', '--json')).stdout;
  const { code, stdout, stderr } = await run(
    'optimize',
    'digits:1',
    ...heldOut,
    '--prefer',
    'size',
    '--output',
    'optimized',
  );
  expect([code, stderr]).toEqual([0, expect.stringContaining('digits-t1')]);
  expect(stdout).toContain('486 held-out rows');
  expect(stdout).toMatch(/^dynamic-int8 {2}passes, taken {2}0\.9/m);
  expect(stdout).toMatch(/^dynamic-int8 is taken: 22127 bytes instead of 70270 bytes, 68\.5 % less; accuracy 0\.979/m);
  for (const name of ['txt', 'json', 'svg'])
    expect(existsSync(join(cwd, 'optimized', `optimization.${name}`))).toBe(true);
  const manifest = JSON.parse((await run('show', 'digits:2', '--json')).stdout) as Readonly<Record<string, unknown>>;
  expect(manifest).toMatchObject({
    version: 2,
    labels: { probabilities: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
    provenance: { source: 'optimize', of: 1, method: 'dynamic-int8', training: 'digits-t1' },
    metrics: { accuracy: expect.closeTo(0.979, 2) as number },
  });
  expect((await run('show', 'digits:1', '--json')).stdout).toBe(before);
  expect((await run('verify', 'digits')).code).toBe(0);
});

test('and where nothing is better, it keeps what is there, and says so', async () => {
  const { code, stdout } = await run('optimize', 'digits:1', ...heldOut, '--methods', 'prune', '--json');
  expect(code).toBe(0);
  const { trainings } = JSON.parse(stdout) as {
    trainings: [{ state: string; end: { reason: string }; optimization: object }];
  };
  expect(trainings[0]).toMatchObject({
    state: 'kept',
    end: { reason: 'No variant passes, so digits:1 is kept: prune loses too much.' },
    optimization: { variants: [{ name: 'prune', verdict: 'fail' }] },
  });
  expect((await run('show', 'digits:3')).code).toBeGreaterThan(0);
});

test('without rows whose truth is known nothing is taken', async () => {
  const { code, stdout } = await run('optimize', 'digits:1', '--methods', 'fp16');
  expect(code).toBe(0);
  expect(stdout).toContain('Nothing is taken, and digits:1 is kept: there are no rows whose truth is known');
  expect(readFileSync(join(cwd, '.onnward/training/digits-t3/end.json'), 'utf8')).toContain('"kept"');
});
