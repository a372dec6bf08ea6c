import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { inProcess, inRepository, onnward, temporaryFolder, testFolder } from './cli.ts';

const IRIS = inRepository('examples/iris/model.onnx');
const fixture = (name: string): string => inRepository(`test/fixtures/${name}`);
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('a model, from registration to verification', () => {
  const cwd = temporaryFolder();

  beforeAll(async () => {
    writeFileSync(join(cwd, 'names.txt'), 'setosa\nversicolor\nvirginica\n');
    const first = await onnward(
      [
        'register',
        'iris',
        IRIS,
        '--alias',
        'live',
        '--labels',
        'names.txt',
        '--task',
        'classification',
        '--threads',
        '2',
        '--exact',
        '--why',
        'the first',
      ],
      { cwd },
    );
    expect(first).toMatchObject({ code: 0, stderr: 'Next: onnward show iris:1\nThen: onnward serve\n' });
    expect(first.stdout).toBe(
      'registered iris:1, now iris@live\n' +
        'input   features FP32 [-1, 4]\noutput  label INT64 [-1]\noutput  probabilities FP32 [-1, 3]\n',
    );
    expect(await onnward(['register', 'iris', IRIS], { cwd })).toMatchObject({ code: 0 });
  });

  test('is listed with its aliases', async () => {
    const { stdout } = await onnward(['models'], { cwd });
    expect(stdout).toBe('MODEL  LATEST  ALIASES\niris   2       live=1\n');
    expect(json((await onnward(['models', '--json'], { cwd })).stdout)).toEqual({
      store: `file:${join(cwd, '.onnward')}`,
      models: [{ name: 'iris', versions: [1, 2], aliases: { live: 1 } }],
    });
  });

  test('is shown with all that was said and read of it', async () => {
    const { stdout } = await onnward(['show', 'iris'], { cwd });
    for (const part of [
      'iris:1 @live',
      'features FP32 [-1, 4]',
      'task    classification',
      'setosa, versicolor, virginica',
      '1 recorded case',
      'sha256',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(json((await onnward(['show', 'iris@live', '--json'], { cwd })).stdout)).toMatchObject({
      name: 'iris',
      version: 1,
      aliases: ['live'],
      labels: { probabilities: ['setosa', 'versicolor', 'virginica'] },
      serving: { threads: 2, exact: true },
      golden: [{ inputs: [{ name: 'features' }], outputs: [{ name: 'label' }, { name: 'probabilities' }] }],
    });
    expect(json((await onnward(['show', 'iris:2', '--json'], { cwd })).stdout)).toMatchObject({
      version: 2,
      aliases: [],
    });
  });

  test('gets aliases, recorded with their reason', async () => {
    expect(await onnward(['alias', 'iris', 'candidate', '1'], { cwd })).toMatchObject({
      stdout: 'iris@candidate is version 1.\n',
    });
    const moved = await onnward(['alias', 'iris', 'candidate', '2', '--why', 'newer', '--json'], { cwd });
    expect(json(moved.stdout)).toMatchObject({ name: 'iris', alias: 'candidate', version: 2 });
    const { stdout } = await onnward(['history', 'iris'], { cwd });
    expect(stdout).toMatch(
      /registered version 1 {2}\(the first\)\n.*moved live to 1.*\n.*registered version 2\n.*moved candidate to 1\n.*moved candidate from 1 to 2 {2}\(newer\)\n$/,
    );
    const { records } = json((await onnward(['history', 'iris', '--json'], { cwd })).stdout) as { records: unknown[] };
    expect(records.slice(0, 5)).toMatchObject(
      [1, 2, 3, 4, 5].map((sequence) => ({ sequence, actor: expect.stringContaining('@') })),
    );
  });

  test('keeps live behind its gates, but for --force', async () => {
    const refused = await onnward(['alias', 'iris', 'live', '2'], { cwd });
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--force') });
    const again = await onnward(['register', 'iris', IRIS, '--alias', 'live', '--json'], { cwd });
    expect(json(again.stderr)).toMatchObject({ error: { code: 'alias.live_guarded' } });
    expect(json((await onnward(['models', '--json'], { cwd })).stdout)).toMatchObject({
      models: [{ versions: [1, 2] }],
    });
    const forced = await onnward(['alias', 'iris', 'live', '2', '--force'], { cwd });
    expect(forced).toMatchObject({ code: 0, stdout: 'iris@live is version 2 (it was 1).\n' });
    expect((await onnward(['history', 'iris'], { cwd })).stdout).toContain('moved live from 1 to 2, forced');
  });

  test('verifies, as long as nothing was touched', async () => {
    expect(await onnward(['verify'], { cwd })).toEqual({
      code: 0,
      stdout: 'Nothing was touched in iris.\n',
      stderr: '',
    });
    expect(json((await onnward(['verify', 'iris', '--json'], { cwd })).stdout)).toEqual({
      ok: true,
      models: ['iris'],
      findings: [],
    });
  });
});

describe('verify', () => {
  test.each([
    ['a file of the artifact', 'versions/1/model.onnx'],
    ['a manifest', 'versions/1/manifest.json'],
    ['a record of the history', 'history/0000000001.json'],
  ])('names what was touched: %s', async (_, path) => {
    const cwd = testFolder();
    await onnward(['register', 'iris', IRIS], { cwd });
    appendFileSync(join(cwd, '.onnward/models/iris', path), ' ');
    const human = await onnward(['verify'], { cwd });
    expect(human).toMatchObject({ code: 1, stdout: expect.stringContaining(`models/iris/${path}`) });
    expect(human.stderr).toContain(
      `error: One object of the registry cannot be trusted, the first is models/iris/${path}.`,
    );
    const machine = await onnward(['verify', '--json'], { cwd });
    expect(machine.code).toBe(1);
    expect(json(machine.stdout)).toMatchObject({
      ok: false,
      findings: [{ severity: 'corrupt', key: `models/iris/${path}` }],
    });
    expect(json(machine.stderr)).toMatchObject({
      error: { code: 'verify.corrupt', fields: { key: `models/iris/${path}` } },
    });
  });
});

describe('register', () => {
  test('tells the outputs that are left out, why, and the cure', async () => {
    const cwd = testFolder();
    const { code, stdout } = await onnward(['register', 'zip', fixture('zipmap.onnx')], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/output_probability is not served: .*sequence.*zipmap/);
  });

  test('takes a folder, and golden inputs from a file', async () => {
    const cwd = testFolder();
    mkdirSync(join(cwd, 'model'));
    writeFileSync(join(cwd, 'model/net.onnx'), readFileSync(IRIS));
    writeFileSync(join(cwd, 'model/notes.txt'), 'trained on a Sunday');
    writeFileSync(join(cwd, 'golden.csv'), 'a,b,c,d\n5.1,3.5,1.4,0.2\n6.5,3.0,5.8,2.2\n');
    const { stdout } = await onnward(['register', 'net', 'model', '--golden', 'golden.csv', '--json'], { cwd });
    expect(json(stdout)).toMatchObject({
      graph: 'net.onnx',
      files: [{ path: 'net.onnx' }, { path: 'notes.txt', size: 19 }],
      golden: [{ inputs: [{ name: 'features', shape: [2, 4] }], outputs: [{ shape: [2] }, { shape: [2, 3] }] }],
    });
  });

  test.each([
    ['a file that is not there', ['nowhere.onnx'], 'artifact.not_found'],
    ['a file that is no ONNX', [inRepository('package.json')], 'artifact.not_onnx'],
    ['a broken model', [fixture('broken.onnx')], 'model.unreadable'],
    ['a name that is none', [IRIS], 'reference.invalid', 'No Spaces'],
    ['an alias that is none', [IRIS, '--alias', 'No Spaces'], 'reference.invalid'],
    ['an MLflow model', ['mlflow:/models/iris/1'], 'register.source'],
    ['a SageMaker model', ['sagemaker:iris'], 'register.source'],
    ['labels that do not fit', [IRIS, '--labels', inRepository('LICENSE')], 'labels.invalid'],
    ['labels that are not there', [IRIS, '--labels', 'nowhere.txt'], 'file.not_found'],
    ['golden inputs that do not fit', [IRIS, '--golden', inRepository('package.json')], 'plain.inputs'],
    ['a step that is unknown', [IRIS, '--preprocess', 'audio'], 'preprocess.unknown'],
    ['a step that does not fit', [IRIS, '--preprocess', 'image'], 'preprocess.shape'],
    ['steps that are no JSON', [IRIS, '--preprocess', '[{'], 'usage.not_json'],
  ])('refuses %s, and writes nothing', async (_, [path, ...options], code, name = 'iris') => {
    const store = join(testFolder(), 'registry');
    const ended = await inProcess(['register', name, path!, ...options, '--store', `file:${store}`, '--json']);
    expect(ended).toMatchObject({ code: code.startsWith('usage.') ? 2 : 1, stdout: '' });
    expect(json(ended.stderr)).toMatchObject({ error: { code } });
    expect(existsSync(join(store, 'models'))).toBe(false);
  });

  test('says that a broken model is broken, in a process of its own', async () => {
    const { code, stdout, stderr } = await onnward(['register', 'broken', fixture('broken.onnx')]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*broken\.onnx.*\n {2}fix: {2}.*\n {2}code: model\.unreadable\n$/);
  });
});

describe('what is not there is said with what is', () => {
  const store = `file:${temporaryFolder()}`;
  beforeAll(() => inProcess(['register', 'iris', IRIS, '--store', store]));

  test.each([
    ['a model', ['show', 'irsi:1'], 'model.not_found', 'Did you mean iris?'],
    ['a version', ['show', 'iris:7'], 'version.not_found', 'it has 1'],
    ['an alias', ['show', 'iris'], 'alias.not_found', 'no alias live'],
    ['a version for an alias', ['alias', 'iris', 'candidate', '7'], 'version.not_found', 'it has 1'],
    ['a history', ['history', 'wine'], 'model.not_found', 'it has iris'],
    ['a model to verify', ['verify', 'wine'], 'model.not_found', 'it has iris'],
    ['a model to serve', ['serve', 'wine', '--port', '0'], 'model.not_found', 'it has iris'],
    ['a reference', ['show', 'iris:one'], 'reference.invalid', 'whole number'],
  ])('%s', async (_, args, code, message) => {
    const { code: exit, stdout, stderr } = await inProcess([...args, '--store', store, '--json']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(json(stderr)).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
  });

  test.each([
    ['a store', 'http://example.org', 'store.url', 'http://example.org'],
    ['a folder', `file:${IRIS}`, 'store.unreadable', 'not a folder'],
  ])('%s', async (_, named, code, message) => {
    const { code: exit, stderr } = await onnward(['models', '--store', named, '--json']);
    expect(exit).toBe(1);
    expect(json(stderr)).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
  });
});

test('an empty registry says what to do', async () => {
  const { code, stdout, stderr } = await onnward(['models']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('onnward register NAME PATH');
});

test('the store is --store, else ONNWARD_STORE, else the configuration, from the folder of each', async () => {
  const cwd = testFolder();
  mkdirSync(join(cwd, 'below'));
  const storeOf = async (args: string[], env = {}): Promise<unknown> =>
    json((await onnward(['models', '--json', ...args], { cwd: join(cwd, 'below'), env })).stdout)['store'];
  expect(await storeOf([])).toBe(`file:${join(cwd, 'below/.onnward')}`);
  writeFileSync(join(cwd, 'onnward.config.ts'), "export default { store: 'file:configured' };");
  expect(await storeOf([])).toBe(`file:${join(cwd, 'configured')}`);
  expect(await storeOf([], { ONNWARD_STORE: 'file:named' })).toBe(`file:${join(cwd, 'below/named')}`);
  expect(await storeOf(['--store', 'file:given'], { ONNWARD_STORE: 'file:named' })).toBe(
    `file:${join(cwd, 'below/given')}`,
  );
});
