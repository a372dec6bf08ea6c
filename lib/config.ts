import * as v from 'valibot';
import { didYouMean } from '#core/nearest.ts';

/** An object of just these fields: a field that nobody reads is a mistake, and not a surprise. */
const fields = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, (issue) => {
    if (issue.expected !== 'never') return 'is to be an object';
    const names = Object.keys(entries);
    return `is no field; these are: ${names.join(', ')}.${didYouMean(String(issue.input), names)}`;
  });

const whole = (least: number, most: number) => {
  const message = `is to be a whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
};

const serving = fields({
  /** Compute threads of a session. @default 1 */
  threads: v.optional(whole(1, 1024)),
  /** No batching across requests, for a model whose outputs change in the last digit with the batch. @default false */
  exact: v.optional(v.boolean('is to be true or false')),
  /** Requests that may wait; one more is refused with 429. @default 256 */
  maxQueue: v.optional(whole(1, 1_000_000)),
  /** Requests in computation at once. @default - batches of 16 for each session */
  maxConcurrency: v.optional(whole(1, 1_000_000)),
  /** Milliseconds until a request is given up with 504. @default 30000 */
  deadlineMs: v.optional(whole(1, 86_400_000)),
});

const model = fields({
  /** How it is served here; wins over what its manifest says. @default - the manifest's */
  serving: v.optional(serving),
});

const storeMessage = 'is to be file:DIR or s3://bucket[/prefix]';

/** Everything that `onnward.config.ts` may say. */
export const configSchema = fields({
  /** The registry: `file:DIR`, relative to the config's folder, or `s3://bucket[/prefix]`. @default 'file:.onnward' */
  store: v.optional(v.pipe(v.string(storeMessage), v.regex(/^(file:|s3:\/\/)./, storeMessage))),
  /** Where `dev` and `serve` listen. @default 8080 */
  port: v.optional(whole(0, 65_535)),
  /** By model name. */
  models: v.optional(v.record(v.string(), model, 'is to be an object with an entry for each model')),
});

/** The configuration; each field's meaning and default stand with it above. */
export type Config = v.InferInput<typeof configSchema>;

/** Types the configuration as you write it: `export default defineConfig({ … })`. */
export const defineConfig = (config: Config): Config => config;
