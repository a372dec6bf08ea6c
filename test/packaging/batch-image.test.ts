import { execFile, type ExecFileException } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { listJobs } from '#core/batch/jobs.ts';
import { queuedKey } from '#core/batch/keys.ts';
import { readDocument } from '#core/documents.ts';
import { Registry } from '#core/registry/registry.ts';
import { registerFiles } from '#adapters/local/registration.ts';
import { stageBatchImage } from '#packaging/batch-image.ts';
import { newFolder } from '../support/folders.ts';
import { root } from '../repository/sources.ts';

const INPUT = join(root, 'examples/iris/heldout.csv');

let context: string;
beforeAll(() => {
  context = stageBatchImage().folder;
});

/** What the image's `/var/task` will be. */
function task(): string {
  const folder = newFolder();
  for (const part of ['runtime', 'task']) cpSync(join(context, part), folder, { recursive: true });
  return folder;
}

async function store(): Promise<string> {
  const folder = newFolder();
  const registry = new Registry(await openStore(`file:${folder}`), { clock: Date.now, actor: 'test' });
  const path = join(root, 'examples/iris/model.onnx');
  await registerFiles(
    { registry, engine: createEngine({ workers: 0 }) },
    { name: 'iris', path, alias: 'live', provenance: {}, describe: () => ({}), record: () => Promise.resolve([]) },
  );
  return folder;
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

const score = (folder: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
  new Promise((resolve) => {
    const main = join(task(), 'lib/local/workflow/main.mjs');
    const all = { ...process.env, ONNWARD_STORE: `file:${folder}`, AWS_BATCH_JOB_ID: 'j-1', ...env };
    execFile(process.execPath, [main], { env: all }, (error: ExecFileException | null, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });

const request = (more: object = {}): Record<string, string> => ({
  ONNWARD_BATCH_REQUEST: JSON.stringify({
    model: 'iris',
    inputs: [`file:${INPUT}`],
    options: { drop: ['species'] },
    ...more,
  }),
});

test('a container scores a whole job by itself, and says which one it was', async () => {
  const folder = await store();
  expect(await score(folder, request())).toEqual({ code: 0, stderr: '' });
  const opened = await openStore(`file:${folder}`);
  const [job, ...more] = await listJobs(opened);
  expect(more).toEqual([]);
  const rows = readFileSync(INPUT, 'utf8').trim().split('\n').length - 1;
  expect(job).toMatchObject({ state: 'done', progress: { scored: rows, quarantined: 0 } });
  expect(await readDocument(opened, queuedKey('j-1'))).toMatchObject({ state: 'planned', job: job?.job });
  // Asked for again, it is found done.
  expect(await score(folder, { ...request(), AWS_BATCH_JOB_ID: 'j-2' })).toMatchObject({ code: 0 });
  expect(await listJobs(opened)).toHaveLength(1);
});

test('the next machine goes on with what the one before it had begun', async () => {
  const folder = await store();
  const opened = await openStore(`file:${folder}`);
  await score(folder, request());
  const [{ job } = { job: '' }] = await listJobs(opened);
  // As a machine leaves it that went away in the middle: driven by somebody elsewhere, and not accounted for.
  for (const file of globSync(`batch/jobs/${job}/{manifest.json,receipts/**/*.json}`, { cwd: folder }))
    rmSync(join(folder, file));
  for (const file of globSync(`batch/jobs/${job}/drives/*.json`, { cwd: folder }).filter((name) =>
    /\/0*1\.json$/.test(name),
  )) {
    const drive = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
    writeFileSync(
      join(folder, file),
      JSON.stringify({ ...drive, execution: 'another.1-2.00000000-0000-0000-0000-000000000000' }),
    );
  }
  expect(await score(folder, { ...request(), AWS_BATCH_JOB_ATTEMPT: '2' })).toMatchObject({ code: 0 });
  expect((await listJobs(opened))[0]).toMatchObject({ state: 'done', progress: { scored: 45 } });
});

test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ['no request', {}, /lacks ONNWARD_BATCH_REQUEST/],
  ['a model that there is not', request({ model: 'rose' }), /its manifest says why/],
  ['an input that there is not', request({ inputs: ['file:/nowhere.csv'] }), /its manifest says why/],
])('%s ends it with a line of why', async (_, env, message) => {
  const { code, stderr } = await score(await store(), env);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
