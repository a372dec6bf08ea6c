import { invalid, type OnnwardError } from '#core/errors.ts';
import { jsonObject } from '#serving/json-object.ts';

/** Rows of one call. */
const MOST_ROWS = 10_000;

export interface MonitorRequest {
  /** Rows of the only input; or of each by its name; or `{ "inputs": […] }` of the Open Inference Protocol. */
  readonly X: unknown;
  /** By row. */
  readonly y: readonly (string | number)[];
  /** @default - the configuration's */
  readonly threshold?: number;
  /** @default - the configuration's, else accuracy or the mean absolute error */
  readonly metric?: string;
}

/** Throws `monitor.body`, `monitor.rows`. */
export function readMonitorRequest(body: Uint8Array): MonitorRequest {
  const { X, y, threshold, metric } = jsonObject(body, malformed);
  if (typeof X !== 'object' || X === null) throw malformed(`has an "X" that is ${kindOf(X)}`);
  if (isDeeper(X, MOST_NESTED)) throw malformed(`has an "X" that is nested deeper than ${MOST_NESTED}`);
  if (!Array.isArray(y)) throw malformed(`has a "y" that is ${kindOf(y)}`);
  if (y.length === 0) throw malformed('has no row in it');
  if (y.length > MOST_ROWS) throw tooMany(y.length);
  const other = y.findIndex((truth) => !isTruth(truth));
  if (other >= 0) throw malformed(`has a y[${other}] that is ${kindOf(y[other])}`);
  if (threshold !== undefined && !(typeof threshold === 'number' && Number.isFinite(threshold)))
    throw malformed(`has a "threshold" that is ${kindOf(threshold)}`);
  if (metric !== undefined && typeof metric !== 'string') throw malformed(`has a "metric" that is ${kindOf(metric)}`);
  return {
    X,
    y: y.map((truth: string | number | boolean) => (typeof truth === 'boolean' ? String(truth) : truth)),
    ...(threshold !== undefined && { threshold }),
    ...(metric !== undefined && { metric }),
  };
}

const tooMany = (rows: number): OnnwardError =>
  invalid('monitor.rows', `${rows} rows came, ${MOST_ROWS} at most are scored in one call`, {
    fix: 'Send fewer, or compare versions on a file with `onnward compare`.',
    fields: { rows, limit: MOST_ROWS },
  });

/** Lists and objects within each other: a tensor has a few dimensions. */
const MOST_NESTED = 16;

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)));

const isTruth = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

const malformed = (problem: string): OnnwardError =>
  invalid('monitor.body', `the body ${problem}`, {
    fix: 'Send {"X": [[…], …], "y": [ … ]}, with as many rows as truths; "threshold" and "metric" if you like.',
  });
