import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { inProcess, inRepository, onnward, type Ended } from './cli.ts';

const IRIS = inRepository('examples/iris/model.onnx');
const HELDOUT = inRepository('examples/iris/heldout.csv');
const cwd = newFolder();
const STORE = `file:${join(cwd, '.onnward')}`;
const run = (...args: string[]): Promise<Ended> => onnward(args, { cwd });
const inFolder = (name: string): string => join(cwd, name);

/** What `--json` says of a job, as far as it is looked at. */
interface Told {
  readonly job: string;
  readonly state: string;
  readonly reasons: readonly { readonly rows: number }[];
}

const told = ({ stdout, stderr }: Ended): Told => {
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as Told;
};

beforeAll(async () => {
  await inProcess(['register', 'iris', IRIS, '--alias', 'live', '--store', STORE]);
});

describe('files are scored', () => {
  test('row by row, as single requests are answered', async () => {
    const scored = await run(
      'batch',
      'iris',
      HELDOUT,
      '--drop',
      'species',
      '--format',
      'jsonl',
      '--output',
      'out.jsonl',
    );
    expect(scored).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('45 rows = 45 scored + 0 quarantined + 0 pending'),
    });
    const rows = readFileSync(inFolder('out.jsonl'), 'utf8').trimEnd().split('\n');
    const { stdout } = await inProcess([
      'invoke',
      'iris',
      '--input',
      HELDOUT,
      '--drop',
      'species',
      '--json',
      '--store',
      STORE,
    ]);
    const [answer] = (JSON.parse(stdout) as { responses: { outputs: { name: string; data: number[] }[] }[] }).responses;
    const labels = answer!.outputs.find(({ name }) => name === 'label')!.data;
    expect(rows.map((row) => (JSON.parse(row) as { label: number | [number] }).label).flat()).toEqual(labels);
  });

  test('with what is planned said first, and where all is last', async () => {
    const { code, stdout, stderr } = await run('batch', 'iris', HELDOUT, '--drop', 'species', '--missing', 'nan');
    expect({ code }).toEqual({ code: 0 });
    expect(stderr).toMatch(
      /^Scoring \S+heldout\.csv with iris:1, job (\w{16})\n {2}rows +45, in 1 shard, [\d,]+ rows? a tensor\n {2}time .*\n {2}in AWS  about \$0\.0\d+\n$/,
    );
    expect(stdout).toMatch(
      /^job \w{16} of iris:1 is done\n {2}45 rows = 45 scored .*\n {2}outputs +file:\S+ \(1 file\)\n$/,
    );
  });

  test('once: the same again is told to be done, and gives the same', async () => {
    const args = ['batch', 'iris', HELDOUT, '--drop', 'species', '--output'];
    const first = await run(...args, 'once.csv');
    const again = await run(...args, 'twice.csv');
    expect(first.stderr).toContain('Scoring');
    expect(again).toMatchObject({
      code: 0,
      stdout: first.stdout,
      stderr: expect.stringMatching(/^It was done before/),
    });
    expect(readFileSync(inFolder('twice.csv'))).toEqual(readFileSync(inFolder('once.csv')));
  });

  test('of a folder, all tables below it', async () => {
    mkdirSync(inFolder('tables/more'), { recursive: true });
    cpSync(HELDOUT, inFolder('tables/a.csv'));
    const row = '{"sepal_length":1,"sepal_width":2,"petal_length":3,"petal_width":4,"species":"x"}\n';
    writeFileSync(inFolder('tables/more/b.jsonl'), row.repeat(5));
    writeFileSync(inFolder('tables/notes.txt'), 'no table');
    const ended = await run('batch', 'iris', 'tables', '--drop', 'species', '--json', '--output', 'folder/');
    expect(told(ended)).toMatchObject({ state: 'done', rows: { in: 50, scored: 50, quarantined: 0, pending: 0 } });
    expect(readdirSync(inFolder('folder'))).toHaveLength(2);
  });

  test('of a folder without tables, every picture', async () => {
    const digits = inRepository('examples/digits/model.onnx');
    await inProcess(['register', 'digits', digits, '--alias', 'live', '--store', STORE]);
    const images = inRepository('examples/digits/images');
    const ended = await run('batch', 'digits', images, '--output', '-');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('is done') });
    const keys = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { key: string }).key);
    expect(keys.sort()).toEqual(readdirSync(images).sort());
  });
});

test.skipIf(process.platform === 'win32')('a name may hold a backslash', async () => {
  cpSync(HELDOUT, inFolder('a\\b.csv'));
  const ended = await run('batch', 'iris', 'a\\b.csv', '--drop', 'species', '--json');
  expect(told(ended)).toMatchObject({ state: 'done', inputs: [`file:${cwd}/a\\b.csv`] });
});

describe('bad rows', () => {
  const BAD = 'a,b,c,d\n1,2,3,4\n1,secret-7,3,4\n,2,3,4\n5,6,7,8\n1,2\n';
  beforeAll(() => writeFileSync(inFolder('bad.csv'), BAD));

  test('go to quarantine with the reason and the place; no value is ever shown', async () => {
    const ended = await run('batch', 'iris', 'bad.csv', '--error-budget', '0.9');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('5 rows = 2 scored + 3 quarantined + 0 pending');
    expect(ended.stdout).toMatch(/row\.number: 1 row, the first at byte 16 of bad\.csv\n/);
    expect(ended.stdout).toContain('quarantine  file:');
    expect(ended.stdout + ended.stderr).not.toContain('secret');
    const shown = await run('batch', 'iris', 'bad.csv', '--error-budget', '0.9', '--json');
    expect(told(shown).reasons.reduce((sum, { rows }) => sum + rows, 0)).toBe(3);
    expect(shown.stdout).not.toContain('secret');
  });

  test('are told apart by their input', async () => {
    mkdirSync(inFolder('two'));
    writeFileSync(inFolder('two/a.csv'), 'a,b,c,d\n1,2,3,4\n');
    writeFileSync(inFolder('two/b.jsonl'), '{"a":1,"b":2,"c":3,"d":4}\n{"a":1,"b":2,"c":3}\n');
    const ended = await run('batch', 'iris', 'two', '--error-budget', '0.9');
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/the first at byte 26 of two\/b\.jsonl|byte 26 of b\.jsonl/),
    });
  });

  test('beyond the budget fail the job', async () => {
    const ended = await run('batch', 'iris', 'bad.csv');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('is failed') });
    expect(ended.stderr).toMatch(
      /error: 3 rows or more are bad, and 1 % of all may be\.\n {2}fix: .*\n {2}code: batch\.error_budget\n$/,
    );
  });
});

describe.concurrent('a mistake is one sentence with the next step, and nothing is scored', () => {
  beforeAll(() => {
    mkdirSync(inFolder('nothing'), { recursive: true });
    writeFileSync(inFolder('noise.bin.csv'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)));
    writeFileSync(inFolder('notes.txt'), 'no table');
  });

  test.each<[string, string[], string, number]>([
    ['no such file', ['iris', 'nowhere.csv'], 'input.not_found', 1],
    ['an s3 URL without a bucket', ['iris', 's3://'], 'input.url', 1],
    ['no such model', ['tulip', HELDOUT], 'model.not_found', 1],
    ['no such version', ['iris:9', HELDOUT], 'version.not_found', 1],
    ['a reference that is none', ['Iris!', HELDOUT], 'reference.invalid', 1],
    ['a folder without rows', ['iris', 'nothing'], 'batch.no_input', 1],
    ['an ending that says nothing', ['iris', 'notes.txt'], 'batch.no_format', 1],
    ['columns that are not there', ['iris', HELDOUT, '--columns', 'a,b,c,d'], 'batch.columns', 1],
    ['a column too many', ['iris', HELDOUT], 'batch.columns', 1],
    ['a cap that is too low', ['iris', HELDOUT, '--drop', 'species', '--cost-cap', '0'], 'batch.over_cap', 1],
    ['no input', ['iris'], 'usage.missing_argument', 2],
    ['a budget that is no number', ['iris', HELDOUT, '--error-budget', 'few'], 'usage.not_a_number', 2],
    ['a budget over 1', ['iris', HELDOUT, '--error-budget', '5'], 'batch.options', 1],
    ['columns that are no JSON', ['iris', HELDOUT, '--columns', '{a'], 'usage.not_json', 2],
    ['an odd format', ['iris', HELDOUT, '--format', 'xml'], 'batch.options', 1],
    ['two places', ['iris', HELDOUT, '--stage', 'dev', '--store', 'file:x'], 'usage.either', 2],
  ])('%s', async (_, args, code, exit) => {
    const ended = await run('batch', ...args);
    expect(ended).toMatchObject({ code: exit, stdout: '' });
    expect(ended.stderr).toMatch(
      new RegExp(`^error: .*\\n(?: {2}fix: {2}.*\\n)? {2}code: ${code.replace('.', '\\.')}\\n$`),
    );
  });

  test('two things for stdout, told on stderr', async () => {
    const ended = await run('batch', 'iris', HELDOUT, '--json', '--output', '-');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'usage.either' } });
  });

  test('binary noise is quarantined or refused, and ends', async () => {
    const ended = await run('batch', 'iris', 'noise.bin.csv');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/code: (batch|input)\.\w+\n$/);
    expect(ended.stderr).not.toContain('    at ');
  });

  test('what was refused is tried anew once it is mended', async () => {
    mkdirSync(inFolder('later'));
    expect(await run('batch', 'iris', 'later')).toMatchObject({ code: 1 });
    cpSync(HELDOUT, inFolder('later/a.csv'));
    expect(await run('batch', 'iris', 'later', '--drop', 'species')).toMatchObject({ code: 0 });
  });
});

describe('batches', () => {
  test('lists what there is, the latest first', async () => {
    const { code, stdout } = await run('batches');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^JOB +STATE +MODEL +SCORED +QUARANTINED +SHARDS +PLANNED$/);
    const times = lines.slice(1).map((line) => line.split(/\s+/).at(-1)!);
    expect(times).toEqual([...times].sort().reverse());
    const { jobs } = JSON.parse((await run('batches', '--json')).stdout) as { jobs: Told[] };
    expect(jobs.map(({ state }) => state)).toContain('refused');
    expect(jobs).toHaveLength(lines.length - 1);
  });

  test('of an empty store says what to do next', async () => {
    const ended = await onnward(['batches'], { cwd: newFolder() });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('onnward batch NAME FILE') });
  });

  test('proves every file, or names the one that was touched', async () => {
    const { job } = told(await run('batch', 'iris', HELDOUT, '--drop', 'species', '--join', '--json'));
    expect(await run('batches', 'show', job, '--verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all adds up'),
    });
    const part = join(cwd, '.onnward/batch/out/iris', job, 'part-000000.csv');
    expect(statSync(part).size).toBeGreaterThan(0);
    appendFileSync(part, '\n');
    const touched = await run('batches', 'show', job, '--verify');
    expect(touched).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('part-000000.csv is not what was written'),
    });
    expect(touched.stderr).toContain('code: batch.touched');
    const brought = await run('batch', 'iris', HELDOUT, '--drop', 'species', '--join', '--output', 'touched.csv');
    expect(brought).toMatchObject({ code: 1, stderr: expect.stringContaining('code: batch.part_changed') });
    expect(() => statSync(inFolder('touched.csv'))).toThrow('ENOENT');
  });

  test.concurrent.each<[string, string[], string]>([
    ['no such job', ['show', '0000000000000000'], 'batch.no_job'],
    ['a name that is none', ['resume', '../../x'], 'batch.no_job'],
    ['an odd action', ['drive', 'x'], 'usage.unknown_action'],
    ['no job', ['cancel'], 'usage.missing_argument'],
    ['an option of another action', ['resume', 'x', '--verify'], 'usage.needless_option'],
    ['a reason for nothing', ['show', 'x', '--reason', 'y'], 'usage.needless_option'],
  ])('refuses %s', async (_, args, code) => {
    const ended = await run('batches', ...args);
    expect(ended).toMatchObject({ code: code.startsWith('usage') ? 2 : 1, stdout: '' });
    expect(ended.stderr).toContain(`code: ${code}\n`);
  });
});
