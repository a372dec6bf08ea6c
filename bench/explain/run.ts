/**
 * What it takes to explain a row, in milliseconds of the processor, which other work on the machine changes little: beside
 * Kernel SHAP of the shap package, with the same model, rows and samples, and one thread each. `npm run bench:explain` takes
 * a minute, and test/explanation/install.sh.
 */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import { explainAll } from '#serving/explain/answer.ts';
import { casesIn } from '../../test/serving/explain/shap-cases.ts';
import { ratios, type Spread, spread } from '../statistics.ts';

const ROUNDS = process.argv.includes('--quick') ? 3 : 9;
const FOLDER = join(import.meta.dirname, '../../test/fixtures/explanation');

/** Rows that are compared with. */
const BACKGROUND = 100;

interface Question {
  readonly name: string;
  readonly model: string;
  /** Which number of the output. */
  readonly place: number;
  readonly row: readonly number[];
  readonly background: readonly (readonly number[])[];
  readonly samples: number;
}

/** The fixtures' rows, again and again a little further on, as there are too few of them. */
function questionOf(model: string, samples: number, place = 0): Question {
  const found = casesIn(FOLDER).find((each) => each.model === `${model}.onnx`);
  if (!found) throw new Error(`no case of ${model}`);
  const background = Array.from({ length: BACKGROUND }, (_, index) =>
    found.background[index % found.background.length]!.map((value) => value * (1 + Math.floor(index / 20) / 50)),
  );
  return { name: model, model: join(FOLDER, found.model), place, row: found.rows[0]!, background, samples };
}

/** As many samples as shap takes of its own accord: 2 a feature and 2048, or all there are. */
const QUESTIONS = [
  questionOf('diabetes-boosting', 1022),
  questionOf('wine-network', 2046),
  questionOf('breast-cancer-logistic', 2108, 1),
  questionOf('digits-network', 2176),
];

interface Explained {
  /** Of the processor. */
  readonly seconds: number;
  readonly values: readonly number[];
  readonly method?: string;
  readonly evaluations?: number;
}

async function ours(
  model: LoadedModel,
  { row, background, samples, place }: Question,
  method: string,
): Promise<Explained> {
  const manifest = { name: 'm', version: 1, signature: model.signature } as unknown as Manifest;
  const parameters = { background, outputs: [place], ...(method === 'kernel' && ({ method, samples } as const)) };
  const before = process.cpuUsage();
  const [answer] = await explainAll({ name: 'm', version: 1, manifest, model }, { instances: [row], parameters }, {});
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const { outputs, ...how } = answer as {
    method: string;
    evaluations: number;
    outputs: [{ contributions: { contribution: number }[] }];
  };
  return { ...how, seconds, values: outputs[0].contributions.map(({ contribution }) => contribution) };
}

/** A process that explains one question after another. */
function openShap() {
  const python = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'explanation/bin/python');
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, [join(import.meta.dirname, 'kernel.py')], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async explain(question: Question): Promise<Explained> {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${python} has ended; run test/explanation/install.sh`);
      return JSON.parse(value) as Explained;
    },
    close: () => void child.stdin.end(),
  };
}

/** In turns, so that what disturbs the machine disturbs all. */
async function measure(question: Question, shap: ReturnType<typeof openShap>): Promise<string[]> {
  const model = await createEngine({ workers: 0 }).load({ folder: FOLDER, graph: `${question.name}.onnx`, files: [] });
  const times = { kernel: [] as number[], auto: [] as number[], shap: [] as number[] };
  let [difference, chosen] = [0, ''];
  for (let round = -1; round < ROUNDS; round++) {
    const kernel = await ours(model, question, 'kernel');
    const auto = await ours(model, question, 'auto');
    const theirs = await shap.explain(question);
    // The first round warms up.
    if (round < 0) continue;
    times.kernel.push(kernel.seconds);
    times.auto.push(auto.seconds);
    times.shap.push(theirs.seconds);
    const most = Math.max(...theirs.values.map(Math.abs));
    difference = Math.max(...kernel.values.map((value, at) => Math.abs(value - theirs.values[at]!))) / most;
    chosen = `${auto.method}, ${ms(spread(times.auto))}`;
  }
  await model.close();
  const ratio = ratios(times.shap, times.kernel);
  const { row, samples, name } = question;
  return [
    name,
    row.length,
    samples,
    samples * BACKGROUND,
    ms(spread(times.kernel)),
    ms(spread(times.shap)),
    `${ratio.median.toFixed(1)} (${ratio.least.toFixed(1)}-${ratio.most.toFixed(1)})`,
    difference.toExponential(0),
    chosen,
  ].map(String);
}

const ms = ({ median }: Spread): string => `${(median * 1000).toFixed(0)} ms`;

const shap = openShap();
try {
  console.log(
    '| model | features | samples | rows asked | kernel | shap | times as fast | apart | of its own accord |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const question of QUESTIONS) console.log(`| ${(await measure(question, shap)).join(' | ')} |`);
} finally {
  shap.close();
}
