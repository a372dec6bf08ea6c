import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bringFiles } from '#adapters/brought-files.ts';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { readDefinition } from '#adapters/local/workflow/definition.ts';
import type { Machine } from '#adapters/local/workflow/machine.ts';
import { readList } from '#adapters/local/workflow/read-list.ts';
import { type Outcome, runWorkflow } from '#adapters/local/workflow/run.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { named } from '#core/named-error.ts';
import type { JobRunner, JobStatus, ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { LeftFile, ResultDocument } from '#core/training/documents.ts';
import type { TaskAnswer, TaskEvent, TrainingRequest } from '#core/training/events.ts';
import { modelPrefix } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { writeDocument } from '#core/training/store.ts';
import { runTask } from '#core/training/tasks.ts';
import type { Training } from '#core/training/training.ts';
import type { TrainingNews, TrainingWorld } from '#core/training/world.ts';
import { ask } from '../../../../functions/training/ask.ts';
import { registerVersion } from '../../../../functions/training/register.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

export const OPTIONS: TrainingOptions = {
  source: '/trainer',
  channels: { training: 'file:/data/train.csv' },
  hyperparameters: { epochs: 5 },
};

const IRIS = readFileSync(new URL('../../../../examples/iris/model.onnx', import.meta.url));
const FEATURES = [
  [6.3, 3.4, 5.6, 2.4],
  [5.8, 2.7, 5.1, 1.9],
  [5.1, 3.4, 1.5, 0.2],
];

/** What a trainer of irises leaves: the example's model, and what its framework says of three flowers. */
export async function leftByTrainer(): Promise<Record<string, string | Uint8Array>> {
  return {
    'model.onnx': IRIS,
    'golden.jsonl': (await Promise.all(FEATURES.map(goldenLine))).join('\n'),
    'metrics.json': JSON.stringify({ accuracy: 0.9778 }),
    'provenance.json': JSON.stringify({ seed: 0, data: { sha256: 'ab' } }),
    'labels.txt': 'setosa\nversicolor\nvirginica\n',
    'baseline.csv': 'sepal_length\n5.1\n',
  };
}

/** The example's own answers, which are what scikit-learn gave. */
async function goldenLine(features: readonly number[]): Promise<string> {
  const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: features }];
  const folder = new URL('../../../../examples/iris/', import.meta.url).pathname;
  const model = await createEngine({ workers: 0 }).load({ folder, graph: 'model.onnx', files: [] });
  const outputs = await ask(model, JSON.stringify({ inputs }));
  const at = model.signature.outputs.findIndex(({ name }) => name === 'probabilities');
  await model.close();
  const { shape, data } = outputs[at]!;
  return JSON.stringify({
    inputs,
    outputs: [{ name: 'probabilities', shape, data: Array.from(data as Float32Array) }],
  });
}

/** What a job does when it is begun: it leaves this and has ended. Undefined: it goes on until it is stopped. */
type Job = Partial<Pick<ResultDocument, 'outcome' | 'exitCode' | 'failure'>> & {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
};

/** Runs jobs in no time, with what the store then holds; honest about being asked twice. */
class InstantJobs implements JobRunner {
  readonly polling = { least: 1, most: 60 };
  readonly submitted: string[] = [];
  readonly stopped: string[] = [];
  readonly statuses = new Map<string, JobStatus>();
  readonly #store: () => ObjectStore;
  readonly #job: (training: Training) => Job | undefined;

  constructor(store: () => ObjectStore, job: (training: Training) => Job | undefined) {
    this.#store = store;
    this.#job = job;
  }

  async submit(training: Training): Promise<string> {
    const id = `job-${training.training}`;
    const there = this.statuses.get(id);
    if (there && there.state !== 'lost') return id;
    this.submitted.push(training.training);
    const job = this.#job(training);
    if (!job) this.statuses.set(id, { state: 'running', attempts: 1, seconds: 0 });
    else {
      await leave(this.#store(), training, job);
      this.statuses.set(id, {
        state: (job.outcome ?? 'succeeded') === 'succeeded' ? 'succeeded' : 'failed',
        attempts: 1,
      });
    }
    return id;
  }

  status(job: string): Promise<JobStatus | undefined> {
    return Promise.resolve(this.statuses.get(job));
  }

  stop(job: string, reason: string): Promise<void> {
    this.stopped.push(`${job}: ${reason}`);
    const there = this.statuses.get(job);
    if (there?.state === 'running') this.statuses.set(job, { ...there, state: 'lost' });
    return Promise.resolve();
  }
}

async function leave(store: ObjectStore, { training }: Training, { files = {}, ...said }: Job): Promise<void> {
  const model: LeftFile[] = [];
  for (const [path, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    await store.put(modelPrefix(training) + path, bytes);
    model.push({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  await writeDocument(store, training, 'result', {
    at: '2026-11-23T00:00:00.000Z',
    outcome: 'succeeded',
    exitCode: 0,
    model,
    data: [],
    metrics: { 'validation:accuracy': 0.96 },
    channels: { training: 'cd' },
    attempts: 1,
    seconds: 3,
    ...said,
  });
}

export interface Stage {
  readonly world: TrainingWorld;
  readonly jobs: InstantJobs;
  readonly news: TrainingNews[];
  readonly released: string[];
  /** Seconds by which the clock goes on. */
  readonly pass: (seconds: number) => void;
  /** The same on another store, where jobs leave what they leave, too. */
  readonly on: (store: ObjectStore) => TrainingWorld;
}

export interface StageOptions {
  readonly options?: TrainingOptions;
  /** @default - it leaves a good model of irises */
  readonly job?: (training: Training) => Job | undefined;
}

export async function newStage({ options = OPTIONS, job }: StageOptions = {}): Promise<Stage> {
  let now = Date.parse('2026-11-23T00:00:00.000Z');
  const clock = (): number => now++;
  const store = new MemoryStore();
  const files = await leftByTrainer();
  const jobs = new InstantJobs(() => store, job ?? (() => ({ files })));
  const news: TrainingNews[] = [];
  const released: string[] = [];
  const engine = createEngine({ workers: 0 });
  const on = (other: ObjectStore): TrainingWorld => {
    const registry = new Registry(other, { clock, actor: 'training' });
    const reading = { store: other, formats: formats(other), inputs: keepInputs(), now: () => performance.now() };
    return {
      registry,
      clock,
      jobs,
      engine,
      ...reading,
      optionsOf: () => options,
      releaseOptionsOf: () => ({}),
      ask,
      bring: (prefix, left) => bringFiles(other, prefix, left),
      register: (version) => registerVersion({ registry, engine, ...reading }, version),
      release: async ({ model }, version) => void released.push(`${model}:${version}`),
      notify: async (told) => void news.push(told),
    };
  };
  return { world: on(store), jobs, news, released, pass: (seconds) => void (now += seconds * 1000), on };
}

/** Runs the workflow's own file; a wait passes at once, by the clock. */
export async function run(
  { world, pass }: Pick<Stage, 'world' | 'pass'>,
  input: TrainingRequest,
  onTask: (event: TaskEvent) => void | Promise<void> = () => undefined,
): Promise<Outcome> {
  const trainingFunction = async (event: unknown): Promise<unknown> => {
    await onTask(event as TaskEvent);
    const answer: TaskAnswer = await runTask(world, event as TaskEvent).catch((error: unknown) => {
      throw named(error);
    });
    if (answer.next === 'wait') pass(answer.seconds ?? 0);
    return answer;
  };
  return runWorkflow(withoutWaits(await readDefinition('training/training.asl.json')), {
    name: `execution-${count++}`,
    input,
    functions: { trainingFunction },
    readList,
  });
}

let count = 0;

/** And without retries, which are the workflow's own test. */
function withoutWaits(machine: Machine): Machine {
  const states = Object.entries(machine.States).map(([name, { Retry: _retry, SecondsPath: _path, ...state }]) => [
    name,
    state.Type === 'Wait' ? { ...state, Type: 'Pass' } : state,
  ]);
  return { ...machine, States: Object.fromEntries(states) as Machine['States'] };
}
