import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { inProcess, inRepository, onnward, testFolder } from './cli.ts';

const IRIS = inRepository('examples/iris/model.onnx');
const GATES = [{ gate: 'atLeast', metric: 'accuracy', value: 0.8 }];
const EVALUATION = { data: 'heldout.csv', label: 'species' };

/** A folder with iris:1, and `models` for a configuration. */
async function withModels(cwd: string, models: object): Promise<string> {
  cpSync(inRepository('examples/iris/heldout.csv'), join(cwd, 'heldout.csv'));
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify({ models })};`);
  await inProcess(['register', 'iris', IRIS, '--store', `file:${join(cwd, '.onnward')}`]);
  return cwd;
}

const cwd = newFolder();
beforeAll(() => withModels(cwd, { iris: { evaluation: EVALUATION, gates: GATES } }));

describe.concurrent('a mistake is one sentence with its code, and nothing is begun:', () => {
  test.each<[string, string[], string, number]>([
    ['a model that is not there', ['release', 'tulip'], 'model.not_found', 1],
    ['a version that is not there', ['release', 'iris:9'], 'version.not_found', 1],
    ['an alias that is not there', ['release', 'iris@candidate'], 'alias.not_found', 1],
    ['a reference that is none', ['release', 'Iris!'], 'reference.invalid', 1],
    ['a bake that is no time', ['release', 'iris', '--bake', 'soon'], 'usage.not_a_duration', 2],
    ['a bake of nothing', ['release', 'iris', '--bake', '0s'], 'usage.not_a_duration', 2],
    ['a bake without a canary', ['release', 'iris', '--bake', '3s'], 'usage.needless_option', 2],
    ['requests that are no number', ['release', 'iris', '--minimum-requests', 'few'], 'usage.not_a_number', 2],
    ['no requests', ['release', 'iris', '--minimum-requests', '0'], 'usage.not_a_number', 2],
    ['too many at once', ['release', 'iris', '--concurrency', '65'], 'usage.not_a_number', 2],
    ['two places', ['release', 'iris', '--stage', 'dev', '--store', 'file:x'], 'usage.either', 2],
    ['two stages', ['release', 'iris', '--stage', 'dev', '--to', 'prod'], 'usage.either', 2],
    ['a release that is not there', ['watch', 'iris-r7'], 'release.not_found', 1],
    ['one to approve', ['approve', 'iris-r7', '--reason', 'fine'], 'release.not_found', 1],
    ['one to abort', ['abort', 'iris-r7', '--reason', 'odd'], 'release.not_found', 1],
    ['an id that is none', ['watch', '../../etc'], 'release.not_found', 1],
    ['an approval without why', ['approve', 'iris-r1'], 'usage.missing_option', 2],
    ['a rejection without why', ['reject', 'iris-r1'], 'usage.missing_option', 2],
    ['an abort without why', ['abort', 'iris-r1'], 'usage.missing_option', 2],
    ['a list of a name that is none', ['releases', 'x y'], 'reference.invalid', 1],
    ['a rollback to nothing', ['rollback', 'iris'], 'rollback.nothing', 1],
    ['a rollback of a name that is none', ['rollback', 'iris:1'], 'reference.invalid', 1],
    ['a card of a version that was never released', ['card', 'iris:1'], 'card.not_found', 1],
    ['a comparison without the second version', ['compare', 'iris:1'], 'usage.missing_argument', 2],
    ['a comparison of what is not there', ['compare', 'iris:1', 'iris:2'], 'version.not_found', 1],
    [
      'a comparison by rows that are not there',
      ['compare', 'iris:1', 'iris:1', '--data', 'no.csv'],
      'input.not_found',
      1,
    ],
    ['a comparison by no such column', ['compare', 'iris:1', 'iris:1', '--label', 'kind'], 'evaluation.columns', 1],
  ])('%s', async (_, args, code, exit) => {
    const ended = await onnward(args, { cwd });
    expect(ended, ended.stderr).toMatchObject({ code: exit, stdout: '' });
    expect(ended.stderr).toMatch(
      new RegExp(`^error: .*\\n(?: {2}fix: {2}.*\\n)? {2}code: ${code.replace('.', '\\.')}\\n$`),
    );
    const told = await onnward([...args, '--json'], { cwd });
    expect(told).toMatchObject({ code: exit, stdout: '' });
    expect(JSON.parse(told.stderr)).toMatchObject({ error: { code } });
  });
});

test('nothing was begun by them', async () => {
  const listed = await onnward(['releases'], { cwd });
  expect(listed).toEqual({
    code: 0,
    stdout: '',
    stderr: 'There is no release yet. Next: onnward release NAME:VERSION\n',
  });
  expect(JSON.parse((await onnward(['releases', '--json'], { cwd })).stdout)).toEqual({ releases: [] });
});

describe('a configuration', () => {
  test.each<[string, object, string, number]>([
    ['without gates', {}, 'release.no_gates', 1],
    ['without the model', { tulip: {} }, 'release.no_gates', 1],
    ['with a gate that there is not', { iris: { gates: [{ gate: 'nice' }] } }, 'config.invalid', 2],
    [
      'with a label that is no column',
      { iris: { evaluation: { data: 'heldout.csv', label: 'kind' }, gates: GATES } },
      'config.invalid',
      2,
    ],
    [
      'with weights that do not rise',
      {
        iris: {
          evaluation: EVALUATION,
          gates: GATES,
          canary: [
            { weight: 50, bake: '1m' },
            { weight: 10, bake: '1m' },
          ],
        },
      },
      'config.invalid',
      2,
    ],
    [
      'with a margin that its rows cannot resolve',
      {
        iris: { evaluation: EVALUATION, gates: [...GATES, { gate: 'nonInferior', metric: 'accuracy', margin: 0.03 }] },
      },
      'release.unresolvable',
      1,
    ],
  ])('%s releases nothing, and says which field', async (_, models, code, exit) => {
    const folder = await withModels(testFolder(), models);
    const ended = await onnward(['release', 'iris', '--json'], { cwd: folder });
    expect(ended, ended.stderr).toMatchObject({ code: exit, stdout: '' });
    const { error } = JSON.parse(ended.stderr) as { error: { code: string; message: string; fix: string } };
    expect(error.code).toBe(code);
    expect(error.message + error.fix).toMatch(/models\.iris/);
  });

  test('that names rows which are not there fails the release, in words, and leaves it ended', async () => {
    const models = { iris: { evaluation: { data: 'nothing.csv', label: 'species' }, gates: GATES } };
    const folder = await withModels(testFolder(), models);
    const ended = await onnward(['release', 'iris'], { cwd: folder });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('nothing.csv');
    expect(ended.stderr).toMatch(/code: release\.failed\n$/);
    expect((await onnward(['releases'], { cwd: folder })).stdout).toMatch(/iris-r1 +1 +- +failed/);
  }, 60_000);
});
