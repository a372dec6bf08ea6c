import { invalid } from '../../errors.ts';
import { BottomSample, SAMPLE_SIZE } from '../sketch/bottom-sample.ts';
import { CategorySketch } from '../sketch/category-sketch.ts';
import { CategoryTable, MAX_CATEGORIES } from '../sketch/category-table.ts';
import { ExactSum, MAX_SUM_BITS } from '../sketch/exact-sum.ts';
import { FewValues, MAX_VALUES } from '../sketch/few-values.ts';
import { bucketOf, BUCKETS, CATEGORY_HASH_BITS, categoryHash } from '../sketch/hash.ts';
import { emptyState, NumberSketch } from '../sketch/number-sketch.ts';
import { featureSeed } from '../sketch/row-hashes.ts';
import { ByteReader, fail } from './bytes.ts';
import { CHECK_BYTES, checkOf, FORMAT, MAGIC, ROLES, TOO_MANY } from './encode.ts';
import type { FeatureProfile, Profile, TruthProfile } from './profile.ts';
import { RESIDUAL_SEED } from './truth.ts';

/** Bytes; 2,000 features and more. */
const MAX_BYTES = 128 * 2 ** 20;

const HEAD_BYTES = MAGIC.length + 2;

/**
 * What `encodeProfile` wrote. Throws `profile.corrupt` for whatever it has not written, and `profile.newer` for what a
 * later Onnward has; takes no more memory than some times that of the bytes.
 */
export function decodeProfile(bytes: Uint8Array): Profile {
  if (bytes.length > MAX_BYTES) fail(`it has ${bytes.length} bytes, more than ${MAX_BYTES}`);
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  if (head.length < HEAD_BYTES || head.toString('latin1', 0, MAGIC.length) !== MAGIC) fail('it is no profile');
  checkFormat(head.readUInt16LE(MAGIC.length));
  const body = bytes.subarray(HEAD_BYTES + CHECK_BYTES);
  if (!checkOf(body).equals(bytes.subarray(HEAD_BYTES, HEAD_BYTES + CHECK_BYTES))) fail('its bytes have changed');
  return readProfile(new ByteReader(body));
}

function checkFormat(format: number): void {
  if (format === FORMAT) return;
  throw invalid('profile.newer', `The profile is of format ${format}; this Onnward reads ${FORMAT}.`, {
    fix: 'Use the version of Onnward that made it, or a later one.',
    fields: { format, known: FORMAT },
  });
}

function readProfile(reader: ByteReader): Profile {
  const rows = reader.count();
  const count = reader.u32();
  reader.expect(count, LEAST_FEATURE_BYTES);
  const features = Array.from({ length: count }, () => readFeature(reader));
  const names = new Set(features.map(({ role, name }) => `${role} ${name}`));
  if (names.size < count) fail('a feature is there twice');
  const truth = readTruth(reader);
  reader.end();
  return { rows, features, ...(truth && { truth }) };
}

const LEAST_FEATURE_BYTES = 20;

function readFeature(reader: ByteReader): FeatureProfile {
  const role = ROLES[reader.u8()] ?? fail('a feature has no role');
  const name = reader.text();
  const kind = reader.u8();
  if (kind > 1) fail('a feature has neither numbers nor categories');
  if (kind === 1) return { role, name, kind: 'category', sketch: readCategories(reader) };
  return { role, name, kind: 'number', sketch: readNumbers(reader, featureSeed(role, name)) };
}

function readNumbers(reader: ByteReader, seed: number): NumberSketch {
  if (reader.u32() !== seed) fail('a sample is of another feature');
  const state = emptyState(seed);
  for (const name of ['count', 'missing', 'below', 'above', 'whole'] as const) state[name] = reader.count();
  const { count } = state;
  if (state.whole > count) fail('there are more whole numbers than numbers');
  if (count === 0) return NumberSketch.of(state);
  const least = reader.finite();
  const most = reader.finite();
  if (least > most) fail('the least number is more than the most');
  const sum = ExactSum.fromBigInt(reader.bigint(MAX_SUM_BITS));
  const squares = ExactSum.fromBigInt(reader.bigint(MAX_SUM_BITS));
  const few = readFewValues(reader, count);
  const sample = readSample(reader, Math.min(count, SAMPLE_SIZE), least, most);
  return NumberSketch.of({ ...state, least, most, sum, squares, few, sample });
}

function readFewValues(reader: ByteReader, count: number): FewValues {
  const few = new FewValues();
  const length = reader.u8();
  if (length === TOO_MANY) {
    few.forget();
    return few;
  }
  if (length > MAX_VALUES) fail('there are too many values');
  let [last, sum] = [-Infinity, 0];
  for (let i = 0; i < length; i++) {
    const [value, times] = [reader.finite(), reader.count()];
    if (value <= last || times === 0) fail('values are not in order');
    few.add(value, times);
    last = value;
    sum += times;
  }
  if (sum !== count) fail('the counts of values do not add up');
  return few;
}

function readSample(reader: ByteReader, size: number, least: number, most: number): BottomSample {
  reader.expect(size, 12);
  const sample = new BottomSample();
  const priorities = Uint32Array.from({ length: size }, () => reader.u32());
  let [lastPriority, lastValue] = [-1, 0];
  for (const priority of priorities) {
    const value = reader.finite();
    if (priority < lastPriority || (priority === lastPriority && value < lastValue)) fail('a sample is not in order');
    if (value < least || value > most) fail('a sample is of other numbers');
    sample.offer(priority, value);
    [lastPriority, lastValue] = [priority, value];
  }
  return sample;
}

function readCategories(reader: ByteReader): CategorySketch {
  const [count, missing] = [reader.count(), reader.count()];
  const isComplete = flag(reader);
  const length = reader.u16();
  if (length > MAX_CATEGORIES || (!isComplete && length < MAX_CATEGORIES)) fail('categories are too many or too few');
  const table = new CategoryTable();
  const buckets = new Float64Array(BUCKETS);
  const sum = readEntries(reader, length, { table, isComplete, buckets });
  if (!isComplete) {
    table.incomplete();
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const counted = reader.count();
      if (counted < (buckets[bucket] as number)) fail('buckets hold less than their categories');
      buckets[bucket] = counted;
    }
  }
  if (isComplete && sum !== count) fail('the counts of categories do not add up');
  if (buckets.reduce((all, bucket) => all + bucket, 0) !== count) fail('buckets do not add up');
  return new CategorySketch({ count, missing, table, buckets });
}

interface Categories {
  readonly table: CategoryTable;
  readonly isComplete: boolean;
  readonly buckets: Float64Array;
}

/** How many rows the entries count together. */
function readEntries(reader: ByteReader, length: number, { table, isComplete, buckets }: Categories): number {
  let [last, sum] = [-1, 0];
  for (let i = 0; i < length; i++) {
    const [hash, times] = [reader.count(), reader.count()];
    if (hash <= last || hash >= 2 ** CATEGORY_HASH_BITS || times === 0) fail('categories are not in order');
    const name = reader.name();
    if (name !== null && (!isComplete || categoryHash(name) !== hash)) fail('a category has another name');
    table.add(hash, name, times);
    const bucket = bucketOf(hash);
    buckets[bucket] = (buckets[bucket] as number) + times;
    sum += times;
    last = hash;
  }
  return sum;
}

function readTruth(reader: ByteReader): TruthProfile | undefined {
  const kind = reader.u8();
  if (kind > 2) fail('truths are neither classes nor values');
  if (kind === 0) return undefined;
  const rows = reader.count();
  if (kind === 2) {
    const residuals = readNumbers(reader, RESIDUAL_SEED);
    return residuals.rows === rows ? { kind: 'values', rows, residuals } : fail('truths do not add up');
  }
  const correct = reader.count();
  const pairs = readCategories(reader);
  if (pairs.rows !== rows || correct > rows) fail('truths do not add up');
  return { kind: 'classes', rows, correct, pairs };
}

const flag = (reader: ByteReader): boolean => {
  const value = reader.u8();
  return value > 1 ? fail('it is neither so nor not') : value === 1;
};
