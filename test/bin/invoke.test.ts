import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { inProcess, inRepository, onnward, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const store = `file:${join(folder, 'registry')}`;
const HELDOUT = inRepository('examples/iris/heldout.csv');
const image = (name: string): string => inRepository(`examples/digits/images/${name}`);
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const invoke = (...args: string[]) => inProcess(['invoke', ...args, '--store', store]);

interface Document {
  readonly responses: readonly {
    readonly model_version: string;
    readonly outputs: readonly { name: string; data: unknown[] }[];
  }[];
}
const outputs = (stdout: string): unknown[][] =>
  (JSON.parse(stdout) as Document).responses.map((response) => response.outputs[0]!.data);

beforeAll(async () => {
  const labels = file('labels.txt', 'setosa\nversicolor\nvirginica');
  const registrations = [
    ['iris', inRepository('examples/iris/model.onnx'), '--alias', 'live', '--labels', labels],
    ['digits', inRepository('examples/digits/model.onnx'), '--alias', 'live', '--preprocess', 'image'],
    ['wide', inRepository('test/fixtures/identity_int64.onnx'), '--alias', 'live'],
  ];
  for (const args of registrations)
    expect(await inProcess(['register', ...args, '--store', store])).toMatchObject({ code: 0 });
});

describe('invoke reads JSON', () => {
  const row = [5.1, 3.5, 1.4, 0.2];
  const request = { id: 'mine', inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: row }] };

  test.each([
    ['just the values of one row', row],
    ['rows', [row]],
    ['values by input', { features: [row] }],
    ['a request', request],
  ])('as %s', async (_, value) => {
    const { code, stdout } = await invoke('iris', '--input', file('input.json', JSON.stringify(value)), '--json');
    expect(code).toBe(0);
    expect(outputs(stdout)).toEqual([[0]]);
  });

  test('as a request, whose answer it prints as the server would', async () => {
    const { stdout } = await invoke('iris', '--input', file('request.json', JSON.stringify(request)), '--json');
    expect(stdout).toMatch(/^\{"responses":\[\{"model_name":"iris","model_version":"1","id":"mine","outputs":\[/);
  });

  test('with every digit of a 64-bit integer', async () => {
    const shape = (
      JSON.parse((await inProcess(['show', 'wide', '--store', store, '--json'])).stdout) as {
        signature: { inputs: { shape: number[] }[] };
      }
    ).signature.inputs[0]!.shape;
    const nested = shape.reduceRight((inner) => `[${inner}]`, '9007199254740993');
    const path = file('wide.json', nested);
    expect((await invoke('wide', '--input', path, '--json')).stdout).toContain('"data":[9007199254740993]');
    expect((await invoke('wide', '--input', path)).stdout).toContain('9007199254740993');
  });
});

describe('invoke reads CSV', () => {
  test('and shows the best labels of each row', async () => {
    const { code, stdout } = await invoke('iris', '--input', HELDOUT, '--drop', 'species');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^row {2}label {2}probabilities$/);
    expect(lines[1]).toMatch(/^1 {4}2 {6}virginica 0\.9\d+, versicolor 0\.0\d+, setosa 0\.000\d+$/);
    expect(lines).toHaveLength(46);
  });

  test('from a pipe, with no heading', async () => {
    const { stdout } = await onnward(['invoke', 'iris', '--input', '-', '--store', store], {
      input: '5.1,3.5,1.4,0.2\n6.5,3,5.8,2.2\n',
    });
    expect(stdout).toMatch(/^1 {4}0 .*\n2 {4}2 /m);
  });

  test('and answers with --json in the order of the rows', async () => {
    const rows = Array.from({ length: 1030 }, (_, index) => (index === 1029 ? '6.5,3,5.8,2.2' : '5.1,3.5,1.4,0.2'));
    const { stdout } = await invoke('iris', '--input', file('many.csv', rows.join('\n')), '--json');
    expect(outputs(stdout).map((data) => data.length)).toEqual([1024, 6]);
    expect(outputs(stdout).flat().at(-1)).toBe(2);
  });
});

describe('invoke reads images', () => {
  test('one, or several, and names each row after its file', async () => {
    const { code, stdout } = await invoke(
      'digits',
      '--input',
      image('0.png'),
      image('3.png'),
      image('5.jpg'),
      image('7.png'),
    );
    expect(code).toBe(0);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ +/).slice(0, 2));
    expect(answers).toEqual([
      ['0.png', '0'],
      ['3.png', '3'],
      ['5.jpg', '5'],
      ['7.png', '7'],
    ]);
  });
});

describe('invoke refuses in one sentence', () => {
  test.each([
    ['broken JSON', 'iris', ['--input', file('broken.json', '{"inputs": [}')], 'input.json'],
    ['JSON for another model', 'iris', ['--input', file('other.json', '{"pixels": [1]}')], 'plain.inputs'],
    ['a wrong shape', 'iris', ['--input', file('short.json', '[1, 2, 3]')], 'invoke.refused'],
    ['a text for a number', 'iris', ['--input', file('text.json', '["a", "b", "c", "d"]')], 'invoke.refused'],
    ['a column too many', 'iris', ['--input', HELDOUT], 'table.columns'],
    ['a column that is not there', 'iris', ['--input', HELDOUT, '--drop', 'specie'], 'input.column'],
    ['a line of other length', 'iris', ['--input', file('ragged.csv', 'a,b\n1,2\n3\n')], 'input.csv'],
    ['a cell that is no number', 'iris', ['--input', file('cell.csv', 'a,b,c,d\n1,2,3,x\n')], 'table.cell'],
    ['an empty file', 'iris', ['--input', file('empty.csv', '')], 'input.empty'],
    ['a broken image', 'digits', ['--input', file('broken.png', 'no picture')], 'image.unreadable'],
    ['an image for a table', 'iris', ['--input', image('3.png')], 'preprocess.shape'],
    ['a file that is not there', 'iris', ['--input', join(folder, 'nowhere.csv')], 'file.not_found'],
    ['a folder', 'iris', ['--input', folder], 'file.is_a_folder'],
    ['a model that is not there', 'wine', ['--input', HELDOUT], 'model.not_found'],
    ['a version that is not there', 'iris:4', ['--input', HELDOUT], 'version.not_found'],
  ])('%s', async (_, reference, args, code) => {
    const ended = await invoke(reference, ...args, '--json');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    const { error } = JSON.parse(ended.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/\n|undefined|\bat /);
  });

  test.each([
    ['broken JSON', ['iris', '--input', '-'], '{"inputs": [}', 'standard input is not JSON'],
    ['a broken table', ['iris', '--input', '-'], 'a,b\n1\n', 'standard input is not CSV'],
    ['a broken image', ['digits', '--input', 'broken.png'], '', 'broken.png'],
  ])('%s, in a process of its own', async (_, args, input, message) => {
    const { code, stdout, stderr } = await onnward(['invoke', ...args, '--store', store], { input, cwd: folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .+\n( {2}fix: {2}.+\n)? {2}code: \S+\n$/);
    expect(stderr).toContain(message);
  });
});
