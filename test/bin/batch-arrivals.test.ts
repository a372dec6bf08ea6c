import { cpSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inProcess, inRepository, listening, testFolder } from './cli.ts';

const HELDOUT = inRepository('examples/iris/heldout.csv');
const OPTIONS = '{ "drop": ["species"] }';

interface Listed {
  readonly job: string;
  readonly state: string;
  readonly actor: string;
  readonly rows: { readonly scored: number };
}

/** A store with iris and its folder of arrivals, and what there is of jobs. */
async function workplace() {
  const cwd = testFolder();
  const store = `file:${join(cwd, '.onnward')}`;
  await inProcess(['register', 'iris', inRepository('examples/iris/model.onnx'), '--alias', 'live', '--store', store]);
  const arrivals = join(cwd, '.onnward/batch/in/iris');
  mkdirSync(arrivals, { recursive: true });
  const jobs = async (): Promise<Listed[]> => {
    const { stdout } = await inProcess(['batches', '--store', store, '--json']);
    return (JSON.parse(stdout) as { jobs: Listed[] }).jobs;
  };
  return { cwd, arrivals, jobs, states: async () => (await jobs()).map(({ state }) => state) };
}

/** As a program would that knows what it does: the options first, the file by a name of its own, and then by its name. */
function drop(folder: string, name: string): void {
  writeFileSync(join(folder, `${name}.batch.json`), OPTIONS);
  cpSync(HELDOUT, join(folder, `${name}.part`));
  renameSync(join(folder, `${name}.part`), join(folder, name));
}

describe('dev scores what arrives', () => {
  test('while it runs and before it ran, each file once, and says so in two lines', async () => {
    const { cwd, arrivals, jobs, states } = await workplace();
    drop(arrivals, 'before it ran +ä.csv');
    const server = await listening(['dev'], { cwd });
    await expect.poll(states, { timeout: 15_000 }).toEqual(['done']);
    drop(arrivals, 'b.csv');
    cpSync(HELDOUT, join(arrivals, 'half.csv.part'));
    cpSync(HELDOUT, join(arrivals, '.hidden.csv'));
    await expect.poll(states, { timeout: 15_000 }).toEqual(['done', 'done']);
    server.kill('SIGINT');
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    const lines = stderr.split('\n').filter((line) => line.startsWith('batch: '));
    expect(lines.filter((line) => line.includes('scoring batch/in/iris/'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('45 rows = 45 scored + 0 quarantined'))).toHaveLength(2);
    expect((await jobs()).every(({ rows }) => rows.scored === 45)).toBe(true);

    const again = await listening(['dev'], { cwd });
    writeFileSync(join(arrivals, 'bad.csv'), 'a,b\n1,2\n');
    await expect.poll(states, { timeout: 15_000 }).toContain('refused');
    again.kill('SIGINT');
    const { stderr: second } = await again.ended;
    expect(second).toContain('batch: batch/in/iris/bad.csv: ');
    expect(second).not.toContain('scoring');
    expect(await jobs()).toHaveLength(3);
  });

  test('where the folder is made while it runs, too', async () => {
    const cwd = testFolder();
    const server = await listening(['dev'], { cwd });
    mkdirSync(join(cwd, '.onnward/batch/in/iris'), { recursive: true });
    drop(join(cwd, '.onnward/batch/in/iris'), 'a.csv');
    const done = () => readdirSync(join(cwd, '.onnward/batch'));
    await expect.poll(done, { timeout: 15_000 }).toContain('out');
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});
