import { invalid, type OnnwardError } from '../errors.ts';
import type { BadRow } from '../scoring/rows.ts';
import type { ScoringInput, Shard } from '../scoring/shard.ts';
import { MAX_SHARDS, type Workload } from './cost.ts';
import { DEFAULT_ERROR_BUDGET, type BatchOptions } from './options.ts';
import type { Estimate } from './plan.ts';
import type { Sample } from './sample.ts';
import type { SurveyedInput } from './survey.ts';
import type { BatchWorld } from './world.ts';

/** Of a worker's time, what a shard may be estimated to take: workers differ, and so do rows. */
const SAFE_SHARE = 2 / 3;

/** Rows that speak for all others; one large row may be a whole sample. */
const TELLING_ROWS = 100;

/** Throws `batch.all_bad` where no row of a sample is good, and not all rows may be bad. */
export function checkSample(
  { source, survey, layout }: Pick<SurveyedInput, 'source' | 'survey' | 'layout'>,
  { rows, good, firstBad }: Sample,
  { errorBudget = DEFAULT_ERROR_BUDGET }: BatchOptions,
): void {
  const tells = rows >= Math.min(TELLING_ROWS, survey.rows);
  if (firstBad && good === 0 && errorBudget < 1 && tells) throw allBad(source.input, rows, placeOf(firstBad, layout));
}

/** What goes into plans and logs of a bad row: its code and where it is, never what it holds, which its message may quote. */
function placeOf({ code, message, position }: BadRow, { heading }: SurveyedInput['layout']): string {
  const column = heading.find((name) => message.startsWith(`Column '${name}': `));
  return `${code}${column === undefined ? '' : ` in column '${column}'`}, at position ${position}`;
}

/** `first` says what is wrong with the first of them, and where. */
export const allBad = ({ store, key }: ScoringInput, rows: number, first: string): OnnwardError =>
  invalid('batch.all_bad', `None of the first ${rows} rows of ${store}/${key} can be scored. The first: ${first}.`, {
    fix: "Correct the file, or say with 'columns' which of them the model takes.",
    fields: { rows },
  });

/** Throws `batch.over_cap`. */
export function checkCost({ usd, rows }: Estimate, { costCap }: BatchOptions): void {
  if (costCap === undefined || usd <= costCap) return;
  throw invalid('batch.over_cap', `${rows} rows are estimated to cost ${usd} US dollars, more than ${costCap}.`, {
    fix: "Raise 'costCap', or score fewer rows.",
    fields: { usd, costCap, rows },
  });
}

/** Throws `batch.too_slow` where a shard is estimated to take longer than is safe. */
export function checkTime(
  { price: { limitSeconds } }: BatchWorld,
  surveyed: readonly SurveyedInput[],
  shards: readonly Shard[],
  { rowsPerSecond }: Workload,
): void {
  if (limitSeconds === undefined) return;
  const parts = new Map<number, number>();
  for (const { input } of shards) parts.set(input, (parts.get(input) ?? 0) + 1);
  for (const [index, { source, survey }] of surveyed.entries()) {
    const seconds = survey.rows / (parts.get(index) ?? 1) / rowsPerSecond;
    if (seconds > limitSeconds * SAFE_SHARE) throw tooSlow(source.input, Math.ceil(seconds), limitSeconds);
  }
}

function tooSlow({ store, key, compression }: ScoringInput, seconds: number, limit: number): OnnwardError {
  const what = compression ? `${store}/${key} is compressed, and so one shard, which` : `A shard of ${store}/${key}`;
  return invalid('batch.too_slow', `${what} is estimated to take ${seconds} s, and a worker has ${limit} s.`, {
    fix: compression
      ? 'Unpack it, split it into several files, or have one machine of AWS Batch score all of it: `--on queue`.'
      : 'Give the workers more memory, split the input, or have one machine of AWS Batch score all of it: `--on queue`.',
    fields: { seconds, limit },
  });
}

/** Of a CSV, bytes that a worker with a limit reads for quotes in the time that it has for the plan. */
const MOST_QUOTED_BYTES = 50e9;

/** Throws `batch.too_slow` where an input would have to be read for quotes before it is cut, and is too long for that. */
export function checkCutting(
  { price: { limitSeconds } }: Pick<BatchWorld, 'price'>,
  inputs: readonly ScoringInput[],
  { multiline = true }: BatchOptions,
  partBytes: number,
): void {
  if (limitSeconds === undefined || !multiline) return;
  const isRead = ({ format, compression, size }: ScoringInput) => format === 'csv' && !compression && size > partBytes;
  const bytes = inputs.filter(isRead).reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_QUOTED_BYTES) throw tooLong(bytes, limitSeconds);
}

const tooLong = (bytes: number, limit: number): OnnwardError =>
  invalid(
    'batch.too_slow',
    `CSV is read for quotes before it is cut: ${bytes} bytes of it, and a worker reads ${MOST_QUOTED_BYTES} in its ${limit} s.`,
    {
      fix: "Say 'multiline: false' where no cell holds a line break, or split the input into several jobs.",
      fields: { bytes, limit },
    },
  );

/** Throws `batch.too_many`. Row groups, and small files, make more shards than were reckoned with: some more do no harm. */
export function expectFew(shards: number): void {
  if (shards > MAX_SHARDS * 2) throw tooMany(shards);
}

const tooMany = (shards: number): OnnwardError =>
  invalid('batch.too_many', `The inputs come to ${shards} shards, and a job has ${MAX_SHARDS} about.`, {
    fix: 'Score a part of the inputs at a time.',
    fields: { shards, limit: MAX_SHARDS },
  });
