import type { ObjectStore } from '../../ports.ts';
import { expectResolvable } from '../../release/gates/resolvable.ts';
import type { EvaluationOptions, ReleaseOptions } from '../../release/options.ts';
import { liveRowsPrefix } from '../keys.ts';

const NEWLINE = 0x0a;

/** What came live and can be judged on. */
interface LiveRows {
  readonly count: number;
  /** Of every table. */
  readonly columns: ReadonlySet<string>;
}

/**
 * What is said of the evaluation of a version that was trained for an alarm: the same, on rows that came live, have their truth
 * and were not learned from. Undefined where they are too few for the gates, or lack a column by which the configuration
 * looks at slices: then all is as configured.
 */
export async function liveEvaluation(
  store: ObjectStore,
  model: string,
  configured: ReleaseOptions,
): Promise<EvaluationOptions | undefined> {
  const { evaluation } = configured;
  if (!evaluation) return undefined;
  const { count, columns } = await liveRowsOf(store, model);
  const { slices = [], drop, ...rest } = evaluation;
  const needed = [evaluation.label, ...slices, ...(evaluation.columns ?? [])];
  if (!needed.every((name) => columns.has(name)) || !isEnough(configured, count)) return undefined;
  const dropped = drop?.filter((name) => columns.has(name)) ?? [];
  return {
    ...rest,
    data: liveRowsPrefix(model, 'heldout'),
    ...(slices.length > 0 && { slices }),
    ...(dropped.length > 0 && { drop: dropped }),
  };
}

/** Whether it is what `liveEvaluation` says: the configured one in all but the rows, and columns that these have not. */
export function isLiveEvaluation(model: string, configured: EvaluationOptions, asked: EvaluationOptions): boolean {
  const { data: _, drop: __, ...rest } = configured;
  const { data, drop = [], ...others } = asked;
  const isSame = canonical(rest) === canonical(others) && drop.every((name) => configured.drop?.includes(name));
  return data === liveRowsPrefix(model, 'heldout') && isSame;
}

const canonical = (options: object): string =>
  JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));

function isEnough(options: ReleaseOptions, rows: number): boolean {
  try {
    expectResolvable(options, rows);
    return rows > 0;
  } catch {
    return false;
  }
}

async function liveRowsOf(store: ObjectStore, model: string): Promise<LiveRows> {
  let count = 0;
  let columns: Set<string> | undefined;
  for await (const { key, size } of store.list(liveRowsPrefix(model, 'heldout'))) {
    if (size === 0) continue;
    const table = await tableIn(store, key);
    count += table.rows;
    columns = columns?.intersection(table.columns) ?? table.columns;
  }
  return { count, columns: columns ?? new Set() };
}

/** Its heading, as we wrote it, and how many rows there are below it. */
async function tableIn(store: ObjectStore, key: string): Promise<{ rows: number; columns: Set<string> }> {
  let heading = '';
  let lines = 0;
  for await (const chunk of store.read(key)) {
    if (lines === 0) heading += Buffer.from(chunk).toString('utf8');
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  }
  const [first = ''] = heading.split('\n');
  const columns = first.split(',').map((name) => name.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'));
  return { rows: Math.max(0, lines - 1), columns: new Set(columns) };
}
