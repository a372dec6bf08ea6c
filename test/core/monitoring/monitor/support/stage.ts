/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { Random } from '#core/evaluation/statistics/random.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { writeBaseline } from '#core/monitoring/baseline/write-baseline.ts';
import { lineOf, writeSide } from '#core/monitoring/capture/line.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { capturePrefix, hourFolder } from '#core/monitoring/keys.ts';
import { monitorModel } from '#core/monitoring/monitor/monitor.ts';
import type { MonitorMetric, MonitorWorld, WatchedModel } from '#core/monitoring/monitor/world.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel, ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import { draft } from '../../../../support/versions.ts';

export const HOUR_MS = 3_600_000;
export const MIDNIGHT = Date.UTC(2026, 10, 23);

const SIGNATURE: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
  ],
  unserved: [],
};
const LABELS = { probabilities: ['no', 'yes'] };
const COLUMNS = { x: ['age', 'income'] };

/** By Box and Muller. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

interface Row {
  readonly x: readonly [number, number];
  /** Of the class `yes`. */
  readonly score: number;
}

const rowOf = (random: Random, shift: number): Row => {
  const x = [40 + 10 * (normal(random) + shift), 3 + normal(random)] as const;
  return { x, score: 1 / (1 + Math.exp(-(x[0] - 40) / 10)) };
};

const tensorsOf = (rows: readonly Row[]) => ({
  inputs: [
    { datatype: 'FP32', shape: [rows.length, 2], data: Float32Array.from(rows.flatMap(({ x }) => x)) } as Tensor,
  ],
  outputs: [
    {
      datatype: 'INT64',
      shape: [rows.length],
      data: BigInt64Array.from(rows, ({ score }) => (score > 0.5 ? 1n : 0n)),
    } as Tensor,
    {
      datatype: 'FP32',
      shape: [rows.length, 2],
      data: Float32Array.from(rows.flatMap(({ score }) => [1 - score, score])),
    } as Tensor,
  ],
});

export interface Traffic {
  readonly rows?: number;
  readonly version?: number;
  /** Of the first column, in its standard deviations. */
  readonly shift?: number;
  /** Share of the rows whose truth comes back, and is right. @default - none comes back */
  readonly right?: number;
  /** The keyed hash of whom every tenth request is of. @default - nobody */
  readonly subject?: string | undefined;
}

export const WATCHED: WatchedModel = { watch: { drift: { then: 'retrain' } }, capture: {} };

/** A model whose requests are captured, in memory. */
export class Stage {
  /** What is within the graph, for whoever looks there: of each row the first column once more. */
  static readonly WITHIN = { name: 'embedding', datatype: 'FP32', shape: [-1, 1] } as const;
  /** How often a version was opened to look within it. */
  opened = 0;
  readonly memory: MemoryStore = new MemoryStore(() => this.now);
  store: ObjectStore = this.memory;
  now = MIDNIGHT;
  watched: WatchedModel;
  readonly metrics: MonitorMetric[] = [];
  readonly messages: string[] = [];
  #events = 0;
  readonly #random = new Random(8);

  private constructor(watched: WatchedModel) {
    this.watched = watched;
  }

  static async open(watched: WatchedModel = WATCHED): Promise<Stage> {
    const stage = new Stage(watched);
    await stage.register();
    await stage.release(1);
    return stage;
  }

  /** The next version, with a baseline, or without. */
  async register({
    shift = 0,
    rows = 3000,
    within = false,
  }: Pick<Traffic, 'shift' | 'rows'> & { within?: boolean } = {}): Promise<void> {
    const more = {
      signature: SIGNATURE,
      labels: LABELS,
      ...(rows > 0 && { baseline: await this.#baseline(shift, rows, within) }),
    };
    await this.#registry(this.memory).register('loans', draft(`graph ${shift} ${rows} ${within}`, more as never));
  }

  async #baseline(shift: number, rows: number, within: boolean): Promise<object> {
    const builder = new ProfileBuilder(
      featurePlan({
        signature: SIGNATURE,
        labels: LABELS,
        columns: COLUMNS,
        ...(within && { hidden: Stage.WITHIN }),
      }),
    );
    const random = new Random(1);
    const batch = tensorsOf(Array.from({ length: rows }, () => rowOf(random, shift)));
    const hidden = within && { hidden: withinOf(batch.inputs[0] as Tensor) };
    builder.addTensors({ ...batch, ...hidden, rows, source: 'baseline', firstRow: 0 });
    const profile = await writeBaseline(this.memory, 'loans', builder.profile(), {
      columns: COLUMNS,
      ...(within && { hidden: Stage.WITHIN.name }),
    });
    return { path: 'baseline.csv', sha256: 'a'.repeat(64), size: 1, profile };
  }

  async release(version: number, canary: object = {}): Promise<void> {
    const registry = this.#registry(this.memory);
    await registry.setReleased('loans', 'live', { version, target: String(version), ...canary });
  }

  #registry(store: ObjectStore): Registry {
    return new Registry(store, { clock: () => this.now, actor: 'test' });
  }

  get world(): MonitorWorld {
    return {
      store: this.store,
      registry: this.#registry(this.store),
      clock: () => this.now,
      models: { loans: this.watched },
      actors: {
        rollBack: () => Promise.reject(new Error('nobody acts here')),
        retrain: () => Promise.reject(new Error('nobody acts here')),
        notify: () => Promise.resolve(),
      },
      put: (metrics) => {
        this.metrics.push(...metrics);
        return Promise.resolve();
      },
      hidden: ({ signature }, tensor) => {
        this.opened += 1;
        const outputs = [...signature.outputs, { ...Stage.WITHIN, name: tensor }];
        return Promise.resolve({
          signature: { ...signature, outputs },
          infer: ([x]: readonly Tensor[]) =>
            Promise.resolve([...signature.outputs, x].map(() => withinOf(x as Tensor))),
          close: () => Promise.resolve(),
        } as unknown as LoadedModel);
      },
      onMessage: (line) => this.messages.push(line),
    };
  }

  /** An hour of requests, one row each; then it is over. */
  async hour({ rows = 300, version = 1, shift = 0, right, subject }: Traffic = {}): Promise<void> {
    const lines: string[] = [];
    for (let index = 0; index < rows; index++) {
      const at = this.now + Math.floor((index * HOUR_MS) / rows);
      const row = rowOf(this.#random, shift);
      const id = `event-${this.#events++}`;
      const feedback = feedbackKey({ model: 'loans', at, id });
      const of = index % 10 === 0 ? { subject } : {};
      lines.push(line(row, { id, at, version, ...of, ...(right !== undefined && { feedback }) }));
      if (right !== undefined)
        await this.#truth(row, { key: feedback, at, version, isRight: this.#random.uniform() < right });
    }
    const key = `${capturePrefix('loans')}${hourFolder(this.now)}${this.#events}.jsonl`;
    if (rows > 0) await this.memory.put(key, Buffer.from(`${lines.join('\n')}\n`));
    this.now += HOUR_MS;
  }

  async #truth(
    { score }: Row,
    { key, at, version, isRight }: { key: string; at: number; version: number; isRight: boolean },
  ): Promise<void> {
    const predicted = score > 0.5 ? 'yes' : 'no';
    const other = predicted === 'yes' ? 'no' : 'yes';
    const time = new Date(at).toISOString();
    const record = { format: 1, model: 'loans', version, target: String(version), predicted };
    const truth = isRight ? predicted : other;
    const document = { ...record, truth, correct: isRight, answeredAt: time, at: time };
    await this.memory.put(key, Buffer.from(JSON.stringify(document)));
  }

  /** As whoever watches does, a quarter of an hour after the last one. */
  async look() {
    this.now += 20 * 60_000;
    try {
      return await monitorModel(this.world, 'loans');
    } finally {
      this.now -= 20 * 60_000;
    }
  }
}

const withinOf = ({ data }: Tensor): Tensor => {
  const first = Float32Array.from(data as ArrayLike<number>).filter((_, at) => at % 2 === 0);
  return { datatype: 'FP32', shape: [first.length, 1], data: first };
};

interface Said {
  readonly id: string;
  readonly at: number;
  readonly version: number;
  readonly feedback?: string;
  readonly subject?: string | undefined;
}

function line(row: Row, { id, at, version, ...more }: Said) {
  const { inputs, outputs } = tensorsOf([row]);
  const named = (tensors: readonly Tensor[], specs: Signature['inputs']) =>
    tensors.map((tensor, index) => ({ ...tensor, name: specs[index]?.name ?? '' }));
  const writing = { redactions: new Map(), hash: () => '', whole: false, featuresOf: () => ({}) };
  const rows = { all: 1, kept: 1 };
  return lineOf(
    writeSide('INPUT', named(inputs, SIGNATURE.inputs), rows, writing),
    writeSide('OUTPUT', named(outputs, SIGNATURE.outputs), rows, writing),
    { id, at, model: 'loans', version, target: String(version), rows: 1, ...more },
  );
}
