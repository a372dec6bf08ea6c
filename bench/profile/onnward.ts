/**
 * Our profile of the table: `node onnward.ts SOURCE PATH`. `file`: as it is read, batch by batch, as the sharded scorer reads
 * it; `memory`: of batches that lie in memory, as a model gives and takes them. Prints, as JSON, the rows, the seconds and
 * those of CPU (of `memory` without reading), those of CPU in all, the most resident bytes, those of
 * the profile, and what it found.
 */
import { basename, dirname } from 'node:path';
import { formats } from '#adapters/formats.ts';
import { openInputs } from '#adapters/inputs.ts';
import { openStore } from '#adapters/stores.ts';
import { columnsOf } from '#core/monitoring/features/columns-of.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import { encodeProfile } from '#core/monitoring/profile/encode.ts';
import type { FeatureProfile, Profile } from '#core/monitoring/profile/profile.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Source } from '#core/scoring/format.ts';
import { formatOf } from '#core/scoring/format-of.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import type { RowBatch } from '#core/scoring/rows.ts';

/** Rows of a tensor. */
const BATCH_ROWS = 4096;

const NUMBERS = 10;

/** Of a model of such rows. */
const SIGNATURE: Signature = {
  inputs: [
    { name: 'numbers', datatype: 'FP64', shape: [-1, NUMBERS] },
    { name: 'town', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [],
  unserved: [],
};

const [kind, path] = process.argv.slice(2) as ['file' | 'memory', string];
const source = await open();
const format = formats(await openStore(`file:${dirname(path)}`))[source.input.format];
const { heading = [] } = await format.survey(source);
const layout = layoutOf(SIGNATURE, heading, {
  columns: { numbers: heading.slice(0, NUMBERS), town: heading.slice(NUMBERS) },
  missing: 'nan',
});
const builder = new ProfileBuilder(featurePlan({ signature: SIGNATURE, columns: columnsOf(layout) }));
const { seconds, cpu } = await (kind === 'file' ? fromFile() : fromMemory());
const profile = builder.profile();
const bytes = encodeProfile(profile).length;
const cpuInAll = cpuSeconds();
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ rows: profile.rows, seconds, cpu, cpuInAll, peak, bytes, found: foundIn(profile) }));

async function open(): Promise<Source> {
  const reader = await openInputs(`file:${dirname(path)}`);
  const key = basename(path);
  const stat = await reader.stat(key);
  const found = formatOf(key);
  if (!stat || !found) throw new Error(`${path} cannot be read`);
  return { reader, input: { store: reader.url, key, ...stat, ...found } };
}

async function* batches(): AsyncGenerator<RowBatch> {
  const headed = { ...source, input: { ...source.input, heading } };
  for (const part of await format.cut(headed, { partBytes: source.input.size, multiline: false, listKey: 'none' })) {
    for await (const event of format.rows(headed, { part, layout, batchRows: BATCH_ROWS })) {
      if ('bad' in event) throw new Error(event.bad.message);
      yield event.batch;
    }
  }
}

async function fromFile(): Promise<Times> {
  const stop = watch();
  let firstRow = 0;
  for await (const batch of batches()) firstRow = add(batch.inputs, batch.rows, firstRow);
  return stop();
}

async function fromMemory(): Promise<Times> {
  const held: { readonly inputs: readonly Tensor[]; readonly rows: number }[] = [];
  // The reader's memory is used again.
  for await (const { inputs, rows } of batches()) {
    held.push({ inputs: inputs.map((tensor) => ({ ...tensor, data: tensor.data.slice() })), rows });
  }
  const stop = watch();
  let firstRow = 0;
  for (const { inputs, rows } of held) firstRow = add(inputs, rows, firstRow);
  return stop();
}

interface Times {
  readonly seconds: number;
  readonly cpu: number;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function watch(): () => Times {
  const [begin, before] = [performance.now(), cpuSeconds()];
  return () => ({ seconds: (performance.now() - begin) / 1000, cpu: cpuSeconds() - before });
}

function add(inputs: readonly Tensor[], rows: number, firstRow: number): number {
  builder.addTensors({ inputs, outputs: [], rows, source: basename(path), firstRow });
  return firstRow + rows;
}

function foundIn({ features }: Profile): Record<string, Record<string, number | null>> {
  return Object.fromEntries(features.map((feature) => [feature.name, figuresOf(feature)]));
}

function figuresOf(feature: FeatureProfile): Record<string, number | null> {
  if (feature.kind === 'category') return { missing: feature.sketch.missing };
  const { missing, least, most, mean, deviation, count } = feature.sketch;
  // Evidently divides by one less than their number, as pandas does.
  const sample = deviation === null ? null : deviation * Math.sqrt(count / (count - 1));
  return { missing, least, most, mean, deviation: sample };
}
