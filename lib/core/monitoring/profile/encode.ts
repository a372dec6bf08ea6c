import { createHash } from 'node:crypto';
import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import { ByteWriter } from './bytes.ts';
import type { FeatureProfile, Profile, TruthProfile } from './profile.ts';

/** What every profile begins with. */
export const MAGIC = 'OWPF';

/** What follows it. A later one is read by a later Onnward. */
export const FORMAT = 1;

/** Bytes of a hash over what is behind it. */
export const CHECK_BYTES = 8;

export const ROLES = ['input', 'prediction', 'hidden'] as const;

/** Counts of few values, where there were too many. */
export const TOO_MANY = 0xff;

export const checkOf = (body: Uint8Array): Buffer =>
  createHash('sha256').update(body).digest().subarray(0, CHECK_BYTES);

/** Equal profiles give equal bytes; up to 64 KB a feature. What `decodeProfile` reads. */
export function encodeProfile({ rows, features, truth }: Profile): Uint8Array {
  const body = new ByteWriter();
  body.f64(rows);
  body.u32(features.length);
  for (const feature of features) writeFeature(body, feature);
  writeTruth(body, truth);
  const whole = new ByteWriter();
  whole.bytes(Buffer.from(MAGIC));
  whole.u16(FORMAT);
  whole.bytes(checkOf(body.end()));
  whole.bytes(body.end());
  return Uint8Array.from(whole.end());
}

function writeFeature(writer: ByteWriter, feature: FeatureProfile): void {
  writer.u8(ROLES.indexOf(feature.role));
  writer.text(feature.name);
  writer.u8(feature.kind === 'number' ? 0 : 1);
  if (feature.kind === 'number') writeNumbers(writer, feature.sketch);
  else writeCategories(writer, feature.sketch);
}

function writeNumbers(writer: ByteWriter, { state }: NumberSketch): void {
  const { seed, count, missing, below, above, whole, least, most, sum, squares, few, sample } = state;
  writer.u32(seed);
  for (const number of [count, missing, below, above, whole]) writer.f64(number);
  if (count === 0) return;
  writer.f64(least);
  writer.f64(most);
  writer.bigint(sum.toBigInt());
  writer.bigint(squares.toBigInt());
  const entries = few.entries();
  writer.u8(entries?.length ?? TOO_MANY);
  for (const number of entries?.flat() ?? []) writer.f64(number);
  const { priorities, values } = sample.entries();
  for (const priority of priorities) writer.u32(priority);
  for (const value of values) writer.f64(value);
}

function writeCategories(writer: ByteWriter, { state }: CategorySketch): void {
  const { count, missing, table, buckets } = state;
  const entries = table.entries();
  writer.f64(count);
  writer.f64(missing);
  writer.u8(table.isComplete ? 1 : 0);
  writer.u16(entries.length);
  for (const { hash, name, count } of entries) {
    writer.f64(hash);
    writer.f64(count);
    writer.name(name);
  }
  // Of few categories the entries tell.
  if (!table.isComplete) for (const bucket of buckets) writer.f64(bucket);
}

function writeTruth(writer: ByteWriter, truth: TruthProfile | undefined): void {
  writer.u8(truth === undefined ? 0 : truth.kind === 'classes' ? 1 : 2);
  if (truth === undefined) return;
  writer.f64(truth.rows);
  if (truth.kind === 'values') return writeNumbers(writer, truth.residuals);
  writer.f64(truth.correct);
  writeCategories(writer, truth.pairs);
}
