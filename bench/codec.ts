/**
 * What the protocol itself costs: ns to read a request and to write its answer, beside a reader and a writer made of
 * `JSON.parse` and `JSON.stringify` that check nothing. `npx node bench/codec.ts`
 */
import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { ServedModel } from '#serving/host.ts';
import { readBody } from '#serving/protocols/oip/frame.ts';
import { planOf } from '#serving/protocols/oip/plan.ts';
import { selectOutputs } from '#serving/protocols/oip/outputs.ts';
import { writeResponse } from '#serving/protocols/oip/response.ts';

const ROUNDS = 31;
const ROUND_MS = 20;

/** Never called: the codec alone is measured. */
const unused = (): Promise<never> => Promise.reject(new Error('not a model'));

const spec = (name: string, size: number) => ({ name, datatype: 'FP32', shape: [-1, size] }) as const;

function served(inputs: number, outputs: number): ServedModel {
  const signature = { inputs: [spec('x', inputs)], outputs: [spec('y', outputs)], unserved: [] };
  const zero = { count: 0, ns: 0 };
  const statistics = {
    lastInferenceMs: 0,
    inferenceCount: 0,
    executionCount: 0,
    success: zero,
    fail: zero,
    queue: zero,
    computeInfer: zero,
    batches: [],
  };
  const model = { signature, statistics, infer: unused, close: unused };
  return { name: 'm', version: 1, manifest: {} as Manifest, model };
}

/** ns for each call. */
function timed(work: () => unknown, count: number): number {
  const started = performance.now();
  for (let i = 0; i < count; i++) work();
  return ((performance.now() - started) / count) * 1e6;
}

const countFor = (work: () => unknown): number => {
  timed(work, 500);
  return Math.max(1, Math.round((ROUND_MS * 1e6) / timed(work, 200)));
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] as number;

function show(name: string, samples: number[]): string {
  samples.sort((a, b) => a - b);
  const median = quantile(samples, 0.5);
  const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / median;
  return `${name} ${median.toFixed(0).padStart(8)} ns ±${(spread * 50).toFixed(0).padStart(2)} %`;
}

/** Measures two ways in turns, so that whatever else the machine does falls on both. */
function compare(title: string, ours: () => unknown, name: string, theirs: () => unknown): void {
  const counts = [countFor(ours), countFor(theirs)] as const;
  const rounds = Array.from({ length: ROUNDS }, () => [timed(ours, counts[0]), timed(theirs, counts[1])] as const);
  const ratios = rounds.map(([a, b]) => b / a).sort((a, b) => a - b);
  const columns = [
    title.padEnd(28),
    show(
      'onnward',
      rounds.map(([a]) => a),
    ),
    show(
      name,
      rounds.map(([, b]) => b),
    ),
    `${quantile(ratios, 0.5).toFixed(2)}x (${quantile(ratios, 0.1).toFixed(2)}-${quantile(ratios, 0.9).toFixed(2)})`,
  ];
  console.log(columns.join('   '));
}

function benchRead(title: string, size: number, value: () => number): void {
  const model = served(size, size);
  const plan = planOf(model);
  const data = Array.from({ length: size }, value);
  const body = Buffer.from(
    JSON.stringify({ inputs: [{ name: 'x', shape: [1, size], datatype: 'FP32', data }] }).replaceAll(',', ', '),
  );
  const ours = (): unknown => {
    const request = readBody(body, undefined, plan);
    return selectOutputs(request, plan);
  };
  const theirs = (): unknown => {
    const parsed = JSON.parse(body.toString()) as { inputs: { data: number[] }[] };
    return Float32Array.from((parsed.inputs[0] as { data: number[] }).data);
  };
  compare(title, ours, 'JSON.parse', theirs);
}

function benchWrite(title: string, size: number, value: () => number): void {
  const model = served(size, size);
  const plan = planOf(model);
  // V8 keeps the text of numbers that it has seen lately: fresh ones each time, as a model gives.
  const tensors = Array.from({ length: Math.ceil(200_000 / size) }, (): [Tensor] => [
    { datatype: 'FP32', shape: [1, size], data: Float32Array.from({ length: size }, value) },
  ]);
  let turn = 0;
  const next = (): [Tensor] => tensors[turn++ % tensors.length] as [Tensor];
  const ours = (): unknown => Buffer.from(writeResponse(plan, undefined, plan.everyJson, next()).body as string);
  const theirs = (): unknown => {
    const [{ shape, data }] = next();
    const outputs = [{ name: 'y', datatype: 'FP32', shape, data: Array.from(data as Float32Array) }];
    return Buffer.from(JSON.stringify({ model_name: 'm', model_version: '1', outputs }));
  };
  compare(title, ours, 'JSON.stringify', theirs);
}

const digits = (count: number) => (): number => Number(Math.random().toFixed(count));

console.log(
  `node ${process.version}; medians of ${ROUNDS} rounds, ± half the interquartile range; ratios with their 10-90 % range`,
);
benchRead('read 4 floats, 1 digit', 4, () => Number((Math.random() * 8).toFixed(1)));
for (const [size, name] of [
  [784, '784 floats'],
  [49_152, '49152 floats'],
] as const) {
  benchRead(`read ${name}, 3 digits`, size, digits(3));
  benchRead(`read ${name}, 6 digits`, size, digits(6));
  benchRead(`read ${name}, 17 digits`, size, Math.random);
}
benchWrite('write 3 floats', 3, Math.random);
benchWrite('write 10 floats', 10, Math.random);
benchWrite('write 1000 floats', 1000, Math.random);
