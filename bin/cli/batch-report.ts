import { outPrefix, quarantinePrefix } from '#core/batch/keys.ts';
import type { JobStatus, JobSummary } from '#core/batch/jobs.ts';
import type { BatchManifest, BatchPlan, JobState, ScoringInput } from '#core/batch/plan.ts';
import { formatCount, formatSeconds } from './batch-progress.ts';
import type { Reason } from './batch-quarantine.ts';
import { style, table } from './output.ts';

/** What is going to be done, before it is. */
export function planLines({ job, model, inputs, estimate, shards, batchRows, concurrency }: BatchPlan): string[] {
  const { rows, exact, seconds, usd, rowsPerSecond } = estimate;
  const files = inputs.length === 1 ? inputs.map(nameOf).join('') : `${inputs.length} inputs`;
  return [
    `Scoring ${files} with ${model.name}:${model.version}, job ${job}`,
    `  rows    ${exact ? '' : 'about '}${formatCount(rows)}, in ${counted(shards, 'shard')}, ${counted(batchRows, 'row')} a tensor`,
    `  time    about ${formatSeconds(seconds)}, ${formatCount(rowsPerSecond)} rows/s each of ${counted(Math.min(concurrency, shards), 'worker')}`,
    `  in AWS  about $${formatUsd(usd)}`,
  ];
}

/** As a person would name it. */
const nameOf = ({ store, key }: ScoringInput): string => `${store.replace(/^file:/, '')}/${key}`;

/** How a job stands, and where everything is. */
export function jobLines(
  { job, state, plan, manifest, progress }: JobStatus,
  url: string,
  reasons: readonly Reason[],
): string[] {
  const { model, shards } = plan;
  const head = `${style('bold', `job ${job}`)} of ${model.name}:${model.version} is ${styledState(state)}`;
  if (!manifest || manifest.receipts !== progress.shards) {
    const rows = `${formatCount(progress.scored)} rows scored, ${formatCount(progress.quarantined)} quarantined`;
    return [head, `  ${rows}, ${formatCount(progress.shards)} of ${counted(shards, 'shard')}`];
  }
  const { parts, outputs, quarantine, reasons: whyPending = [] } = manifest;
  return [
    head,
    `  ${sumOf(manifest)}`,
    ...speedOf(manifest),
    ...(parts.length > 0
      ? [`  outputs     ${url}/${outPrefix(model.name, job)} (${counted((outputs ?? parts).length, 'file')})`]
      : []),
    ...(quarantine.length > 0 ? [`  quarantine  ${url}/${quarantinePrefix(model.name, job)}`] : []),
    ...reasons.map(reasonLine),
    ...(whyPending.length > 0 ? ['  pending', ...pendingLines(whyPending)] : []),
  ];
}

const reasonLine = ({ code, rows, input, position, unit }: Reason): string =>
  `    ${code}: ${counted(rows, 'row')}, the first at ${unit} ${formatCount(position)} of ${input}`;

type PendingReasons = NonNullable<BatchManifest['reasons']>;

/** Reasons that are told: there are as many as codes, and the manifest has all. */
const TOLD_REASONS = 5;

function pendingLines(reasons: PendingReasons): string[] {
  const lines = reasons
    .slice(0, TOLD_REASONS)
    .map(({ code, shards, message }) => `    ${code}: ${counted(shards, 'shard')}, of the first: ${message}`);
  const more = reasons.length - lines.length;
  return more > 0 ? [...lines, `    and ${counted(more, 'other reason')}`] : lines;
}

/** `1,000 rows = 998 scored + 2 quarantined + 0 pending` */
export function sumOf({ rows, pending }: BatchManifest): string {
  const given = rows.in === undefined ? 'rows' : counted(rows.in, 'row');
  const waiting =
    rows.pending === undefined ? `those of ${counted(pending.length, 'shard')}` : formatCount(rows.pending);
  return `${given} = ${formatCount(rows.scored)} scored + ${formatCount(rows.quarantined)} quarantined + ${waiting} pending`;
}

/** A line for each job. */
export const jobTable = (jobs: readonly JobSummary[]): string =>
  table([
    ['JOB', 'STATE', 'MODEL', 'SCORED', 'QUARANTINED', 'SHARDS', 'PLANNED'],
    ...jobs.map(({ job, state, plan, progress }) => [
      job,
      state,
      `${plan.model.name}:${plan.model.version}`,
      formatCount(progress.scored),
      formatCount(progress.quarantined),
      `${formatCount(progress.shards)}/${formatCount(plan.shards)}`,
      plan.createdAt,
    ]),
  ]);

const styledState = (state: JobState): string => style(STYLES[state] ?? 'yellow', state);

const STYLES: { readonly [State in JobState]?: 'green' | 'red' } = {
  done: 'green',
  failed: 'red',
  refused: 'red',
  cancelled: 'red',
};

/** Less work than this, in worker seconds and in rows, is mostly that of beginning and says nothing of a million rows. */
const TOLD_SECONDS = 1;
const TOLD_ROWS = 10_000;

function speedOf({ rows, seconds, rowsPerSecond, usdPerMillionRows }: BatchManifest): string[] {
  const isTold = seconds >= TOLD_SECONDS || rows.scored + rows.quarantined >= TOLD_ROWS;
  if (rowsPerSecond === undefined || !isTold) return [];
  const usd = usdPerMillionRows === undefined ? '' : `, about $${formatUsd(usdPerMillionRows)} a million rows in AWS`;
  const work = seconds < TOLD_SECONDS ? '' : `${formatSeconds(seconds)} of work at `;
  return [`  ${work}${formatCount(rowsPerSecond)} rows/s${usd}`];
}

export const counted = (count: number, what: string): string =>
  `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;

/** Cents, and what is less than one by its first two digits. */
const formatUsd = (usd: number): string => (usd >= 0.01 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2));
