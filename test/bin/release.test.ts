import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { inProcess, inRepository, onnward, type Ended } from './cli.ts';

/* The whole of it on a laptop, in the order in which a person does it; no server runs. */

const IRIS = inRepository('examples/iris/model.onnx');
const LABELS = inRepository('examples/iris/labels.txt');
const cwd = newFolder();
const run = (...args: string[]): Promise<Ended> => onnward(args, { cwd });
const inFolder = (name: string): string => join(cwd, name);
const json = ({ stdout, stderr }: Ended) => {
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as Record<string, unknown>;
};

function configure(model: object): void {
  const evaluation = { data: 'heldout.csv', label: 'species' };
  const gates = [{ gate: 'atLeast', metric: 'accuracy', value: 0.8 }];
  const config = { models: { iris: { evaluation, gates, ...model } } };
  writeFileSync(inFolder('onnward.config.ts'), `export default ${JSON.stringify(config)};`);
}

beforeAll(async () => {
  cpSync(inRepository('examples/iris/heldout.csv'), inFolder('heldout.csv'));
  configure({ canary: [{ weight: 50, bake: '1s' }] });
  for (let version = 1; version <= 2; version++) {
    await inProcess(['register', 'iris', IRIS, '--labels', LABELS, '--store', `file:${inFolder('.onnward')}`]);
  }
});

describe('releases of iris', () => {
  test('the first has no champion, and is told line by line on stderr, and in one line on stdout', async () => {
    const released = await run('release', 'iris:1');
    expect(released).toMatchObject({ code: 0, stdout: 'iris:1 is live.\n' });
    // Which bound that is, is the gates' own test.
    expect(released.stderr.replace(/at least 0\.\d+ with/, 'at least … with')).toBe(
      [
        'iris-r1  iris:1, the first to go live',
        '  verify      is what was registered, and can be released',
        '  evaluate    45 rows of heldout.csv, accuracy 0.9778, f1_macro 0.9778, roc_auc 1.0000',
        '  gates       pass',
        '              pass  accuracy 0.9778 (at least … with 95 % confidence) is at least 0.8.',
        '  publish     version 1, the first to go live',
        '  warm up     1 golden answer is as recorded',
        '  canary      Not applicable: nothing is live to compare with.',
        '  traffic     version 1 answers all requests',
        '  live        It passed every gate, and is the first to go live.',
        '',
      ].join('\n'),
    );
  });

  test('the next one holds where nobody asks it, says how it could be asked, and each thing once', async () => {
    const held = await run('release', 'iris');
    expect(held).toMatchObject({ code: 1, stdout: '' });
    expect(held.stderr).toContain('iris-r2  iris:2, against version 1, which is live\n');
    expect(held.stderr.match(/Nobody has asked it yet: `onnward dev` answers/g)).toHaveLength(1);
    expect(held.stderr).toMatch(
      / {2}step 1 {6}At 50 % of the traffic, after 2 seconds, 0 of 382 requests that it takes/,
    );
    expect(held.stderr.match(/0 of 382 requests/g)).toHaveLength(2);
    expect(held.stderr).toMatch(
      / {2}hold {8}Nothing is sent to it until a person says so, by 20\S+ \S+ UTC at the latest\.\nerror: /,
    );
    expect(held.stderr).toMatch(/code: release\.waiting\n$/);
  });

  test('one that waits is listed as such, with what it waits for', async () => {
    const listed = await run('releases', 'iris');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    const lines = listed.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('release  version  live then  state    begun (UTC)       why');
    expect(lines[1]).toMatch(
      /^iris-r2 {2}2 {8}1 {10}waiting {2}20\d\d-\d\d-\d\d \d\d:\d\d {2}At 50 % of the traffic.*…$/,
    );
    expect(lines[2]).toMatch(/^iris-r1 {2}1 {8}- {10}live {5}.* {2}It passed every gate/);
    for (const each of lines) expect(each.length).toBeLessThan(140);
    expect(json(await run('releases', '--json'))).toMatchObject({
      releases: [
        { release: 'iris-r2', version: 2, champion: 1, state: 'waiting', wait: { of: 'canary-0', kind: 'hold' } },
        { release: 'iris-r1', version: 1, state: 'live', trigger: 'command', end: { state: 'live' } },
      ],
    });
    expect(json(await run('releases', 'tulip', '--json'))).toEqual({ releases: [] });
  });

  test('one that waits is watched without waiting along, and has no card yet', async () => {
    const watched = await run('watch', 'iris-r2', '--json');
    expect(watched.code).toBe(1);
    expect(json(watched)).toMatchObject({ release: 'iris-r2', state: 'waiting', gates: { verdict: 'promote' } });
    expect(JSON.parse(watched.stderr)).toMatchObject({ error: { code: 'release.waiting' } });
    expect(await run('card', 'iris:2')).toMatchObject({ code: 1, stderr: expect.stringContaining('card.not_found') });
  });

  test('approved, it goes live, and says who said so instead of that it had passed', async () => {
    const approved = await run('approve', 'iris-r2', '--reason', 'nobody is here');
    expect(approved, approved.stderr).toMatchObject({ code: 0, stdout: 'iris:2 is live.\n' });
    expect(approved.stderr).toMatch(
      /^iris-r2 {2}iris:2, against version 1, which is live\n {2}approve {5}by \S+: nobody is here\n {2}traffic/,
    );
    expect(approved.stderr).toMatch(/It was held, and \S+ approved it: nobody is here\n$/);
    const again = await run('approve', 'iris-r2', '--reason', 'again');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('code: release.ended') });
  });

  test('of what is live changes nothing', async () => {
    const same = await run('release', 'iris:2');
    expect(same).toMatchObject({ code: 0, stdout: 'iris:2 is live.\n' });
    expect(same.stderr).toContain('iris-r3  iris:2, which is live\n');
    expect(same.stderr).toContain('It was live already: nothing has changed.');
  });

  test('the card of each is there, in Markdown and JSON', async () => {
    const card = await run('card', 'iris');
    expect(card).toMatchObject({ code: 0, stderr: '' });
    expect(card.stdout).toMatch(/^# iris:2\n\n\*\*live\*\* by release iris-r3/);
    expect((await run('card', 'iris:1')).stdout).toMatch(/^# iris:1\n/);
    expect(json(await run('card', 'iris:1', '--json'))).toMatchObject({ model: 'iris', version: 1, format: 1 });
  });

  test('two versions are compared on the rows of the configuration, or on others, and nothing is recorded', async () => {
    const compared = await run('compare', 'iris:1', 'iris:2');
    expect(compared).toMatchObject({ code: 0 });
    expect(compared.stdout).toMatch(
      /^45 rows\nmetric +iris:1 +iris:2 +difference +95 % interval\naccuracy +0\.9778 +0\.9778 +0 /,
    );
    const told = json(
      await run('compare', 'iris:1', 'iris:2', '--data', 'heldout.csv', '--label', 'species', '--json'),
    );
    expect(told).toMatchObject({ a: 'iris:1', b: 'iris:2', quality: { rows: 45, bad: 0 } });
    expect(json(await run('releases', '--json'))['releases']).toHaveLength(3);
  });

  test('a rollback goes back in milliseconds, and once', async () => {
    const back = await run('rollback', 'iris', '--reason', 'odd');
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toMatch(/^iris@live is version 1 again, instead of 2 \(\d{1,3} ms\)\.\n$/);
    expect(await run('rollback', 'iris')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rollback.nothing'),
    });
    expect((await run('history', 'iris')).stdout).toMatch(/rolled back from 2 to 1 {2}\(odd\)\n$/);
    expect(await run('verify', 'iris')).toMatchObject({ code: 0 });
  });

  test('one that waits for approval is rejected, which is what was asked for', async () => {
    configure({ approval: {} });
    const waiting = await run('release', 'iris:2');
    expect(waiting.stderr).toMatch(/ {2}approval {4}Nothing is sent to it until a person says so/);
    expect(waiting.stderr).toContain('All gates pass, and a person is to approve it.');
    const rejected = await run('reject', 'iris-r4', '--reason', 'not today');
    expect(rejected).toMatchObject({ code: 0, stdout: 'iris:2 is rejected.\n' });
    expect((await run('releases')).stdout).toMatch(/iris-r4 .* rejected .*not today/);
  });

  test('nothing of it is coloured where NO_COLOR is set, or no terminal is there', async () => {
    const told = await Promise.all([run('watch', 'iris-r4'), onnward(['releases'], { cwd, env: { NO_COLOR: '1' } })]);
    for (const { stdout, stderr } of told) expect(stdout + stderr).not.toContain('\u001b');
  });

  test('files of a first release lie where the documentation says', () => {
    for (const name of ['request', 'verify', 'evaluation', 'gates', 'publish', 'warm-up', 'canary', 'live', 'end']) {
      expect(existsSync(inFolder(`.onnward/releases/iris-r1/${name}.json`)), name).toBe(true);
    }
  });
});
