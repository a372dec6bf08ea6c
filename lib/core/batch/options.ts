import * as v from 'valibot';

const message = (what: string) => `is to be ${what}`;
const name = v.pipe(v.string(message('a column')), v.nonEmpty(message('a column')));
const names = v.pipe(v.array(name, message('a list of columns')), v.nonEmpty(message('a list of columns')));
const within = (least: number, most: number) => {
  const range = message(`a number from ${least} to ${most}`);
  return v.pipe(v.number(range), v.minValue(least, range), v.maxValue(most, range));
};

export const OUTPUT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Most executions of one job at once: what a Distributed Map starts. */
export const MAX_CONCURRENCY = 10_000;

/**
 * What may be said of a job, in the order in which it wins: on the command line, in a file beside the input, in the
 * configuration of its model.
 */
export const batchOptions = {
  /** The columns that are the elements of the only input, in order; or those of each input, by its name. @default - columns named as the inputs; else all but `id` and `drop` */
  columns: v.optional(
    v.union([names, v.record(v.string(), v.union([name, names]))], message('a list of columns, or one for each input')),
  ),
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
  /** Shards that are scored at once. @default - a core each on this machine; what is reserved for batch in AWS */
  concurrency: v.optional(v.pipe(within(1, MAX_CONCURRENCY), v.integer(message('a whole number')))),
};

const schema = v.strictObject(batchOptions);
export type BatchOptions = v.InferOutput<typeof schema>;

export const DEFAULT_ERROR_BUDGET = 0.01;
