import type { Observed } from '../release/observation.ts';
import { bucketOf, Latencies, LEAST, OPEN, PER_DOUBLING } from './latencies.ts';
import { CORRECT as FEEDBACK, METRICS } from './metrics.ts';
import { NO_ROOM, outcomeOf, RUN_FAILED } from './outcome.ts';

/** Which lines of a function's log are looked at. */
export interface BakeQuery {
  /** The metrics' dimension `service`. */
  readonly service: string;
  readonly model: string;
  /** Versions of the function, as their lines have them in `functionVersion`. */
  readonly functionVersions: readonly string[];
  /** What clients call: lines of calls past it are none of theirs. */
  readonly qualifier: string;
  /** Milliseconds since 1970; `until` itself is not looked at. */
  readonly since: number;
  readonly until: number;
}

/** Lines that are alike, counted. Of requests, or of feedback: then `correct` is 0 or 1, and the rest says nothing. */
export interface BakeRow {
  readonly functionVersion: string;
  readonly coldStart: 0 | 1;
  readonly error: 0 | 1;
  /** For what the client sent; never an error besides. */
  readonly refused: 0 | 1;
  /** -1 for a request. */
  readonly correct: -1 | 0 | 1;
  /** Of `Latencies`; 0 where the request was not answered, as its time says nothing. */
  readonly bucket: number;
  readonly lines: number;
}

/** Two versions, cold or not, each in any bucket, those that failed or were refused, and feedback: fewer than the 10,000 rows that there may be. */
export const MOST_ROWS = 10_000;

const LATENCY = METRICS.latency.name;
const FAILED = METRICS.errors.name;
/** Of feedback: 1 for an answer that was right, else 0. */
const CORRECT = FEEDBACK.name;

/** No time is less for a logarithm than the end of the first bucket. */
const SHORTEST_MS = 2 ** LEAST;

/**
 * Counts a function's lines of CloudWatch's embedded metric format in Logs Insights' own language; the bucket of a
 * latency is `bucketOf`, by its natural logarithm, and what became of a request is `outcomeOf`, in numbers. Answered by `bakeRow` for each row.
 * Source: the CloudWatch Logs user guide, "Supported operations and functions".
 */
export function bakeQuery({ service, model, functionVersions, qualifier, since, until }: BakeQuery): string {
  const versions = functionVersions.map((version) => JSON.stringify(version)).join(', ');
  const noRoom = `1 - least(abs(status - ${NO_ROOM}), 1)`;
  const notRun = `coalesce(strcontains(errorCode, ${JSON.stringify(RUN_FAILED)}), 0)`;
  const failed = `greatest(coalesce(${FAILED}, 0), coalesce(${noRoom}, 0), ${notRun})`;
  const refused = `greatest(coalesce(least(floor(status / 400), 1), 0) - error, 0)`;
  const bucket = `ceil((log(greatest(ms, ${SHORTEST_MS})) / ${Math.LN2} + ${-LEAST}) * ${PER_DOUBLING})`;
  return [
    `filter service = ${JSON.stringify(service)} and model = ${JSON.stringify(model)}`,
    `filter qualifier = ${JSON.stringify(qualifier)} and functionVersion in [${versions}]`,
    `filter toMillis(@timestamp) >= ${since} and toMillis(@timestamp) < ${until}`,
    `filter ispresent(${LATENCY}) or ispresent(${CORRECT})`,
    `fields coalesce(${LATENCY}, 0) as ms, coalesce(coldStart, 0) as cold, ${failed} as error, coalesce(${CORRECT}, -1) as correct`,
    `fields ${refused} as refused`,
    `fields least(${bucket}, ${OPEN}) * (1 - error - refused) as bucket`,
    `stats count(*) as lines by functionVersion, cold, error, refused, correct, bucket`,
    `limit ${MOST_ROWS}`,
  ].join('\n| ');
}

const NUMBERS = ['cold', 'error', 'refused', 'correct', 'bucket', 'lines'] as const;

/** A row of the answer; undefined where it is none of ours. */
export function bakeRow(fields: Readonly<Record<string, string | undefined>>): BakeRow | undefined {
  const [cold, error, refused, correct, bucket, lines] = NUMBERS.map((name) => Number(fields[name] ?? Number.NaN)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const { functionVersion } = fields;
  const isRow = isFlag(cold) && isFlag(error) && isFlag(refused) && (correct === -1 || isFlag(correct));
  if (
    functionVersion === undefined ||
    !isRow ||
    !isIndex(bucket, OPEN) ||
    !isIndex(lines, 2 ** 53 - 1) ||
    lines === 0
  ) {
    return undefined;
  }
  return {
    functionVersion,
    coldStart: cold as 0 | 1,
    error: error as 0 | 1,
    refused: refused as 0 | 1,
    correct: correct as -1 | 0 | 1,
    bucket,
    lines,
  };
}

const isFlag = (value: number): boolean => value === 0 || value === 1;
const isIndex = (value: number, most: number): boolean => Number.isInteger(value) && value >= 0 && value <= most;

/** One line of a function's log, as far as the query reads it. */
export type BakeLine = Readonly<Record<string, unknown>>;

/** The row that a line counts in, as the query has it; undefined where its filters leave it out. `at` is the line's time. */
export function rowOfLine(line: BakeLine, at: number, query: BakeQuery): Omit<BakeRow, 'lines'> | undefined {
  const { service, model, qualifier, functionVersion, coldStart = 0, status, errorCode } = line;
  const [ms, failed = 0, correct = -1] = [line[LATENCY], line[FAILED], line[CORRECT]];
  const outcome = outcomeOf(typeof status === 'number' ? status : 200, errorCode);
  const error = outcome === 'failed' ? 1 : failed;
  const refused = outcome === 'refused' && error === 0 ? 1 : 0;
  if (service !== query.service || model !== query.model || qualifier !== query.qualifier) return undefined;
  if (typeof functionVersion !== 'string' || !query.functionVersions.includes(functionVersion)) return undefined;
  if (!(at >= query.since && at < query.until)) return undefined;
  if (typeof ms !== 'number' && correct === -1) return undefined;
  const bucket = error === 0 && refused === 0 ? bucketOf((ms ?? 0) as number) : 0;
  const fields = { functionVersion, cold: coldStart, error, refused, correct, bucket, lines: 1 };
  const texts = Object.entries(fields).map(([name, value]) => [name, String(value)]);
  return bakeRow(Object.fromEntries(texts) as Record<string, string>);
}

/** What one side of a split has answered; `crashes` ended without a line. */
export function observedOf(rows: readonly BakeRow[], functionVersion: string, crashes: number): Observed {
  const own = rows.filter((row) => row.functionVersion === functionVersion);
  const requests = own.filter(({ correct }) => correct === -1);
  const latencies = new Latencies();
  for (const { coldStart, error, refused, bucket, lines } of requests) {
    if (coldStart + error + refused === 0) latencies.addBucket(bucket, lines);
  }
  return {
    requests: linesOf(requests) + crashes,
    errors: linesOf(requests.filter(({ error }) => error === 1)) + crashes,
    refused: linesOf(requests.filter(({ refused }) => refused === 1)),
    latencies,
    coldStarts: linesOf(requests.filter(({ coldStart }) => coldStart === 1)),
    labelled: linesOf(own.filter(({ correct }) => correct !== -1)),
    correct: linesOf(own.filter(({ correct }) => correct === 1)),
  };
}

const linesOf = (rows: readonly BakeRow[]): number => rows.reduce((sum, { lines }) => sum + lines, 0);
