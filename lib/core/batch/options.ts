import * as v from 'valibot';
import { invalid, type OnnwardError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';

const message = (what: string) => `is to be ${what}`;
const name = v.pipe(v.string(message('a column')), v.nonEmpty(message('a column')));
const names = v.pipe(v.array(name, message('a list of columns')), v.nonEmpty(message('a list of columns')));
/** A list that is none of columns is an object, too: one without fields. */
const byInput = v.pipe(
  v.record(v.string(), v.union([name, names])),
  v.check((columns) => Object.keys(columns).length > 0, message('a list of columns, or one for each input')),
);
const within = (least: number, most: number) => {
  const range = message(`a number from ${least} to ${most}`);
  return v.pipe(v.number(range), v.minValue(least, range), v.maxValue(most, range));
};

export const OUTPUT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Most executions of one job at once: what a Distributed Map starts. */
const MAX_CONCURRENCY = 10_000;

/**
 * What may be said of a job, in the order in which it wins: on the command line, in a file beside the input, in the
 * configuration of its model.
 */
export const batchOptions = {
  /** The columns that are the elements of the only input, in order; or those of each input, by its name. @default - columns named as the inputs; else all but `id` and `drop` */
  columns: v.optional(v.union([names, byInput], message('a list of columns, or one for each input'))),
  /** Columns that are no input, and are not kept either. @default - none */
  drop: v.optional(names),
  /** The column that names a row; it goes along to the outputs. @default - none */
  id: v.optional(name),
  /** All columns of the input go along to the outputs. @default false */
  join: v.optional(v.boolean(message('true or false'))),
  /** @default - that of the input; JSONL for images and tensors */
  format: v.optional(v.picklist(OUTPUT_FORMATS, message(`one of ${OUTPUT_FORMATS.join(', ')}`))),
  /** `sagemaker` is one `<input>.out` a file, with a line for each row of the input, as Batch Transform leaves it. @default 'parts' */
  layout: v.optional(v.picklist(['parts', 'sagemaker'], message("'parts' or 'sagemaker'"))),
  /** One row a run, so that outputs are those of a request with this row alone, to the bit. @default - as the version is served */
  exact: v.optional(v.boolean(message('true or false'))),
  /** What an empty cell, or null, of a float is: a bad row, or NaN. @default 'refuse' */
  missing: v.optional(v.picklist(['refuse', 'nan'], message("'refuse' or 'nan'"))),
  /** `false`: no cell of a CSV holds a line break, so that it need not be read for quotes before it is cut. @default true */
  multiline: v.optional(v.boolean(message('true or false'))),
  /** Share of the rows that may be bad; beyond it the job fails, and early. @default 0.01 */
  errorBudget: v.optional(within(0, 1)),
  /** US dollars that the job may be estimated to cost; over it, it does not begin. @default - no limit */
  costCap: v.optional(within(0, 1_000_000)),
  /** Shards that are scored at once, of those that are reserved in AWS, or 64 on this machine, at most. @default - a core each on this machine; what is reserved for batch in AWS */
  concurrency: v.optional(v.pipe(within(1, MAX_CONCURRENCY), v.integer(message('a whole number')))),
};

const NAMES = Object.keys(batchOptions);

const schema = v.pipe(
  v.strictObject(batchOptions, (issue) =>
    issue.expected === 'never'
      ? `is no option; these are: ${NAMES.join(', ')}.${didYouMean(String(issue.input), NAMES)}`
      : 'is to be an object',
  ),
  // Lines of text, one for a row, put behind one another: Parquet has none.
  v.forward(
    v.check(
      ({ layout, format }) => layout !== 'sagemaker' || format !== 'parquet',
      "is to be 'jsonl' or 'csv' with layout 'sagemaker'",
    ),
    ['format'],
  ),
);
export type BatchOptions = v.InferOutput<typeof schema>;

export const DEFAULT_ERROR_BUDGET = 0.01;

/** What is meant where nothing is said; the rest follows from the input and the model. */
const DEFAULTS: BatchOptions = {
  join: false,
  layout: 'parts',
  missing: 'refuse',
  multiline: true,
  errorBudget: DEFAULT_ERROR_BUDGET,
};

/** Without those that say what holds anyway, so that saying it makes no difference; `more` are defaults of the job alone. */
export function withoutDefaults(options: BatchOptions, more: BatchOptions = {}): BatchOptions {
  const defaults = new Map(Object.entries({ ...DEFAULTS, ...more }));
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => defaults.get(name) !== value));
}

/** Bytes. A longer file of options is none. */
export const MAX_OPTIONS_BYTES = 64 * 1024;

/** Checks what somebody says of a job; `where` begins the message. Throws `batch.options` with the path of the first mistake. */
export function parseOptions(value: unknown, where: string): BatchOptions {
  if (Array.isArray(value)) return refuse(where, 'the top', message('an object'));
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  return refuse(where, v.getDotPath(issue) ?? 'the top', issue.message);
}

/** Options as they lie beside an input. Throws `batch.options`, also for what is no JSON, or longer than MAX_OPTIONS_BYTES. */
export function decodeOptions(bytes: Uint8Array, where: string): BatchOptions {
  if (bytes.length > MAX_OPTIONS_BYTES) return refuse(where, 'the top', `has more than ${MAX_OPTIONS_BYTES} bytes`);
  try {
    return parseOptions(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), where);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    return refuse(where, 'the top', 'is no JSON in UTF-8');
  }
}

/** The first of them that says something of an option wins it. Throws `batch.options` where they fit together no more. */
export function mergeOptions(...sources: readonly BatchOptions[]): BatchOptions {
  const merged = Object.assign({}, ...sources.toReversed().map(said)) as BatchOptions;
  return parseOptions(merged, 'the options, put together');
}

/** Without those that are there and undefined, which say nothing. */
const said = (options: BatchOptions): BatchOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function refuse(where: string, path: string, problem: string): never {
  throw mistake(`${where}: ${path} ${problem}.`.replace(/([.?])\.$/, '$1'), path);
}

const mistake = (message: string, path: string): OnnwardError =>
  invalid('batch.options', message, { fix: `Correct ${path} and try again.`, fields: { path } });
