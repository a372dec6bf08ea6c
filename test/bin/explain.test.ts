import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { explanationSvg } from '../../bin/cli/explain-svg.ts';
import { renderExplanation } from '../../bin/cli/explain-text.ts';
import { inProcess, inRepository, listening, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const store = `file:${join(folder, 'registry')}`;
const HELDOUT = inRepository('examples/iris/heldout.csv');
const SEVEN = inRepository('examples/digits/images/7.png');
const row = join(folder, 'row.json');
const COMPARED = ['--background', HELDOUT, '--drop', 'species'];

beforeAll(async () => {
  writeFileSync(row, '[6.3, 3.4, 5.6, 2.4]');
  const labels = inRepository('examples/iris/labels.txt');
  const model = inRepository('examples/iris/model.onnx');
  for (const args of [
    ['iris', model, '--alias', 'live', '--labels', labels],
    ['iris', model, '--labels', labels, '--baseline', HELDOUT, '--baseline-label', 'species'],
    ['digits', inRepository('examples/digits/model.onnx'), '--alias', 'live', '--preprocess', 'image'],
  ]) {
    expect(await inProcess(['register', ...args, '--store', store])).toMatchObject({ code: 0 });
  }
});

const explain = (...args: string[]) => inProcess(['explain', ...args, '--store', store]);

describe('explain', () => {
  test('shows what each feature adds, against rows of a file', async () => {
    const { code, stdout } = await explain('iris', row, ...COMPARED);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'row 1: probabilities of virginica = 0.9639, 0.3182 on the average',
      'feature      value  contribution',
      'features[3]  2.4    +0.4757       ████████████████████████',
    ]);
    expect(stdout).toContain('exact, against 45 rows of the request, 677 rows asked');
  });

  test('compares with the baseline, and calls features as its columns', async () => {
    const { code, stdout } = await explain('iris:2', row, '--top', '1', '--classes', 'setosa');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^row 1: probabilities of setosa = 0\.0003038.*\n.*\npetal_\w+ .*-0\.\d+ +▒{24}\nall others +-0\.\d+\nexact, against 100 rows of the baseline/,
    );
  });

  test('says why it cannot, and what to do', async () => {
    expect(await explain('iris', row)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /version 1 of 'iris' has no baseline\n.*--baseline FILE.*\n.*explain\.no_background/s,
      ) as string,
    });
  });

  test('hides an image patch by patch, and plots it', async () => {
    const out = join(folder, 'seven.svg');
    const { code, stdout, stderr } = await explain('digits', SEVEN, '--fill', '0', '--out', out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${out} is written.\n` });
    expect(stdout).toMatch(
      /^row 7\.png: probabilities of 7 = 0\.998\n(│.{8}│\n){4}█ is a drop of 0\.\d+ where it is hidden\n/,
    );
    expect(readFileSync(out, 'utf8').match(/<rect x/g)).toHaveLength(16);
  });

  test('--json is what a server answers', async () => {
    const { explanations } = JSON.parse(
      (await explain('iris', HELDOUT, ...COMPARED, '--json', '--method', 'kernel')).stdout,
    ) as {
      explanations: {
        method: string;
        outputs: { base: number; prediction: number; contributions: { contribution: number }[] }[];
      }[];
    };
    expect(explanations).toHaveLength(45);
    for (const { method, outputs } of explanations) {
      expect(method).toBe('kernel');
      const [{ base, prediction, contributions }] = outputs as [(typeof outputs)[0]];
      expect(contributions.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(prediction, 6);
    }
  });

  test('--remote shows what this machine shows, of a baseline too', async () => {
    const server = await listening(['serve', 'iris:2', 'digits', '--store', store]);
    for (const args of [
      ['iris:2', row],
      ['iris:2', row, '--json', ...COMPARED, '--link', 'logit'],
      ['digits', SEVEN],
    ]) {
      const [there, here] = [await explain(...args, '--remote', '--url', server.url), await explain(...args)];
      expect(there).toEqual({ ...here, code: 0, stderr: here.stderr });
    }
    const refused = await explain('iris:2', row, '--classes', 'rose', '--remote', '--url', server.url);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no class "rose"; it has setosa, versicolor, virginica') as string,
    });
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test.each([
    [['iris'], 'missing_input'],
    [['iris', row, '--input', row], 'missing_input'],
    [['iris', row, '--url', 'http://127.0.0.1:1'], 'needs_remote'],
    [['iris', row, '--samples', 'many'], 'not_a_number'],
    [['iris', HELDOUT, ...COMPARED, '--out', 'plot.svg'], 'one_row'],
    [['iris', row, ...COMPARED, '--out', 'plot.png'], 'plot'],
  ])('%j is refused before anything is asked', async (args, code) => {
    expect(await explain(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`usage.${code}`) as string,
    });
  });

  test('a method that there is not', async () => {
    expect(await explain('iris', row, '--method', 'lime')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('parameters.method is to be one of auto') as string,
    });
  });
});

describe('what is shown', () => {
  const contribution = { feature: '<b>&"', value: null, contribution: -0.25, error: 0.01 };
  const output = {
    output: 'y',
    kind: 'indicator',
    class: 'a "b"',
    prediction: 1,
    base: 0.75,
    contributions: [
      contribution,
      { ...contribution, feature: 'long', value: 'x'.repeat(99), contribution: 0.5, error: 0 },
    ],
  } as const;
  const explanation = {
    method: 'kernel',
    exact: false,
    evaluations: 9,
    background: { rows: 3, source: 'request' },
    outputs: [output],
  };

  test('errors, missing values and long ones', () => {
    expect(renderExplanation('1', explanation)).toBe(
      [
        'row 1: whether y says a "b" = 1, 0.75 on the average',
        'feature  value                     contribution',
        `long     ${'x'.repeat(23)}…  +0.5          ████████████████████████`,
        '<b>&"    missing                   -0.25 ± 0.01  ▒▒▒▒▒▒▒▒▒▒▒▒',
        'kernel, sampled, against 3 rows of the request, 9 rows asked',
      ].join('\n'),
    );
  });

  test('a plot takes names as text', () => {
    const svg = explanationSvg(explanation, output);
    expect(svg).toContain('&lt;b&gt;&amp;&quot; = missing');
    expect(svg).not.toContain('<b>');
  });
});
