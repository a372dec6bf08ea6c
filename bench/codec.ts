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

const ROUNDS = 15;
const ROUND_MS = 40;

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

interface Measure {
  readonly name: string;
  readonly ns: number;
  readonly spread: number;
}

function measure(name: string, work: () => unknown): Measure {
  const samples: number[] = [];
  let count = 1;
  for (let round = -5; round < ROUNDS; round++) {
    const started = performance.now();
    for (let i = 0; i < count; i++) work();
    const ms = performance.now() - started;
    if (round >= 0) samples.push((ms / count) * 1e6);
    count = Math.max(1, Math.round(count * (ROUND_MS / Math.max(ms, 0.01))));
  }
  samples.sort((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor((samples.length - 1) * share)] as number;
  return { name, ns: at(0.5), spread: (at(0.75) - at(0.25)) / at(0.5) };
}

function report(title: string, ours: Measure, theirs: Measure): void {
  const of = ({ name, ns, spread }: Measure): string =>
    `${name} ${ns.toFixed(0).padStart(8)} ns ±${(spread * 50).toFixed(0).padStart(2)} %`;
  console.log(`${title.padEnd(28)} ${of(ours)}   ${of(theirs)}   ${(theirs.ns / ours.ns).toFixed(2)}x`);
}

function benchRead(title: string, size: number, value: () => number): void {
  const model = served(size, size);
  const plan = planOf(model);
  const data = Array.from({ length: size }, value);
  const body = Buffer.from(
    JSON.stringify({ inputs: [{ name: 'x', shape: [1, size], datatype: 'FP32', data }] }).replaceAll(',', ', '),
  );
  const ours = measure('onnward', () => {
    const request = readBody(body, undefined, plan);
    return selectOutputs(request, plan);
  });
  const theirs = measure('JSON.parse', () => {
    const parsed = JSON.parse(body.toString()) as { inputs: { data: number[] }[] };
    return Float32Array.from((parsed.inputs[0] as { data: number[] }).data);
  });
  report(title, ours, theirs);
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
  const ours = measure('onnward', () =>
    Buffer.from(writeResponse(plan, undefined, plan.everyJson, next()).body as string),
  );
  const theirs = measure('JSON.stringify', () => {
    const [{ shape, data }] = next();
    const outputs = [{ name: 'y', datatype: 'FP32', shape, data: Array.from(data as Float32Array) }];
    return Buffer.from(JSON.stringify({ model_name: 'm', model_version: '1', outputs }));
  });
  report(title, ours, theirs);
}

const digits = (count: number) => (): number => Number(Math.random().toFixed(count));

console.log(`node ${process.version}; medians of ${ROUNDS} rounds, ± half the interquartile range`);
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
