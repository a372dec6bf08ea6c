import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { outPrefix, quarantinePrefix } from '#core/batch/keys.ts';
import type { BatchOptions } from '#core/batch/options.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { root } from '#packaging/root.ts';
import { openWorld } from '../../../functions/batch/world.ts';
import { contentOf, manifestOf, planOf, runJob } from '../../core/batch/support/place.ts';
import { floats } from '../../support/models.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

type Registry = Awaited<ReturnType<typeof newRegistry>>;

let place: Registry;
let world: BatchWorld;
beforeAll(async () => {
  place = await newRegistry();
  for (const [name, fixtureName] of [
    ['mlp', 'mlp_rows'],
    ['lookup', 'lookup'],
    ['fixed', 'fixed_shape'],
    ['text', 'identity_bytes'],
    ['meeting', 'rows_interact'],
  ] as const) {
    await registerFixture(place.registry, name, fixtureName);
    await place.registry.setAlias(name, 'live', 1);
  }
  world = await openWorld({ ONNWARD_STORE: place.store.url });
});

/** Scores a text as a file of this name, and returns what is left of it. */
async function scored(model: string, name: string, text: string, options: BatchOptions = {}) {
  const path = join(place.folder, name);
  writeFileSync(path, text);
  const { job } = (await runJob(world, { model, inputs: [`file:${path}`], options })) as { job: string };
  return {
    manifest: await manifestOf(place.store, job),
    plan: await planOf(place.store, job),
    outputs: Object.values(await contentOf(place.store, outPrefix(model, job))).join(''),
    quarantine: Object.values(await contentOf(place.store, quarantinePrefix(model, job))).join(''),
  };
}

const valuesOf = (row: number): number[] => [row % 7, row / 3, -row / 11, 1 / (row + 1)].map(Math.fround);

describe('the function scores', () => {
  test('CSV and JSON lines alike, and in exact mode as single requests, to the bit', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => valuesOf(row));
    const csv = await scored('mlp', 'a.csv', `a,b,c,d\n${rows.map((row) => row.join(',')).join('\n')}\n`, {
      exact: true,
      format: 'jsonl',
    });
    const jsonl = await scored('mlp', 'a.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''), {
      exact: true,
    });
    expect(csv.plan.batchRows).toBe(1);
    expect(csv.outputs).toBe(jsonl.outputs);
    const model = await world.model(await place.registry.manifest('mlp', 1));
    const lines = csv.outputs
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { y: number[] });
    expect(lines).toHaveLength(300);
    for (const [row, values] of rows.entries()) {
      const [output] = await model.infer([floats([1, 4], values)]);
      expect(Float32Array.from(lines[row]!.y)).toEqual(output!.data);
    }
  });

  test('in batches otherwise, within a millionth of the same', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => valuesOf(row).join(',')).join('\n');
    const [one, many] = [
      await scored('mlp', 'b.csv', `a,b,c,d\n${rows}\n`, { exact: true }),
      await scored('mlp', 'c.csv', `a,b,c,d\n${rows}\n`),
    ];
    expect(many.plan.batchRows).toBeGreaterThan(1);
    const [expected, actual] = [one, many].map(({ outputs }) => outputs.split(/[\n,]/).slice(3, -1).map(Number));
    for (const [index, value] of expected!.entries()) {
      expect(Math.abs(actual![index]! - value)).toBeLessThanOrEqual(1e-6 * Math.max(Math.abs(value), 1e-3));
    }
  });

  test('what the model takes, and sets aside the rows that only it refuses, with their place and bytes', async () => {
    const rows = Array.from({ length: 900 }, (_, row) => (row === 400 || row === 7 ? 99 : row % 4));
    const text = `id,x\n${rows.map((x, row) => `${row},${x}`).join('\n')}\n`;
    const { manifest, outputs, quarantine, plan } = await scored('lookup', 'd.csv', text, {
      id: 'id',
      errorBudget: 0.01,
    });
    expect(manifest).toMatchObject({ state: 'done', rows: { in: 900, scored: 898, quarantined: 2, pending: 0 } });
    expect(plan.batchRows).toBeGreaterThan(1);
    expect(outputs.split('\n').slice(0, 3)).toEqual(['id,y', '0,10', '1,11']);
    const bad = quarantine
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { position: number; row: number; text: string; code: string });
    expect(bad.map(({ row, code, text: line }) => ({ row, code, line }))).toEqual([
      { row: 7, code: 'row.model', line: '7,99' },
      { row: 400, code: 'row.model', line: '400,99' },
    ]);
    for (const { position, text: line } of bad) expect(text.slice(position)).toMatch(new RegExp(`^${line}\n`));
  });

  test('a line for each row also where the model refuses some', async () => {
    const text = `x\n1\nnone\n99\n2\n99\nnone\n3\n`;
    const { outputs, manifest } = await scored('lookup', 'e.csv', text, { layout: 'sagemaker', errorBudget: 1 });
    const [output] = manifest.outputs!;
    expect(Buffer.from((await place.store.get(output!.key))!.bytes).toString()).toBe('11\n\n\n12\n\n\n13\n');
    expect(outputs).toContain('11\n\n\n12\n\n\n13\n');
  });

  test('a model whose first dimension is fixed, also where rows do not fill the last batch', async () => {
    const text = `a,b,c\n1,2,3\n4,5,6\n7,8,9\n`;
    const { outputs, plan } = await scored('fixed', 'f.csv', text);
    expect(plan.batchRows).toBe(2);
    expect(outputs).toBe('y.0,y.1,y.2\n1,2,3\n4,5,6\n7,8,9\n');
  });

  test('a model whose rows see each other, one by one', async () => {
    const { plan, manifest } = await scored('meeting', 'h.csv', 'a,b\n1,2\n3,4\n5,6\n');
    expect(plan).toMatchObject({ batchRows: 1, exactMode: false });
    expect(manifest.state).toBe('done');
  });

  test('text', async () => {
    const { outputs } = await scored('text', 'g.csv', `word\n"one, two"\nthree\n`, {
      columns: ['word'],
      format: 'jsonl',
    });
    expect(outputs).toBe('{"y":["one, two"]}\n{"y":["three"]}\n');
  });
});

/** Asks the handler in a process of its own, as both worlds do. */
function asked(env: Record<string, string>, event: object): { answer?: object; name?: string; message?: string } {
  const script = `
    const { handler } = await import(${JSON.stringify(join(root, 'functions/batch/handler.ts'))});
    const told = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 899_990 }).then(
      (answer) => ({ answer }),
      ({ name, message }) => ({ name, message }),
    );
    process.stdout.write(JSON.stringify(told));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return JSON.parse(text) as ReturnType<typeof asked>;
}

describe('in a process of its own', () => {
  test('it plans, scores and accounts', () => {
    const env = { ONNWARD_STORE: place.store.url };
    writeFileSync(join(place.folder, 'p.csv'), 'a,b,c,d\n1,2,3,4\n');
    const input = { model: 'mlp', inputs: [`file:${join(place.folder, 'p.csv')}`] };
    const { answer } = asked(env, { task: 'plan', execution: 'one', input });
    expect(answer).toMatchObject({ state: 'planned', drive: 1, concurrency: 2, list: { bucket: place.store.url } });
    const { job } = answer as { job: string };
    const shard = { index: 0, input: 0, part: { kind: 'range', start: 0, end: 16, quoted: false } };
    expect(asked(env, { task: 'score', job, drive: 1, shard })).toEqual({ answer: {} });
    expect(asked(env, { task: 'account', job, drive: 1 })).toEqual({ answer: { state: 'done', job } });
  });

  test('it names what it throws by its code, for the workflow, and says what to do', () => {
    const told = asked({ ONNWARD_STORE: place.store.url }, { task: 'plan', execution: 'one', input: {} });
    expect(told.name).toBe('batch.request');
    expect(told.message).toContain('Start the workflow with');
    expect(asked({}, { task: 'account', job: 'x', drive: 1 }).name).toBe('function.unconfigured');
  });

  test('it scores only the models that its environment names, with their options', () => {
    const env = {
      ONNWARD_STORE: place.store.url,
      ONNWARD_BATCH_MODELS: '{"mlp":{"concurrency":7}}',
      ONNWARD_BATCH_CONCURRENCY: '9',
    };
    writeFileSync(join(place.folder, 'q.csv'), 'a,b,c,d\n1,2,3,4\n');
    const inputs = [`file:${join(place.folder, 'q.csv')}`];
    const plan = (model: string) => asked(env, { task: 'plan', execution: 'one', input: { model, inputs } }).answer;
    expect(plan('mlp')).toMatchObject({ state: 'planned', concurrency: 7 });
    expect(plan('lookup')).toMatchObject({ state: 'refused' });
  });
});
