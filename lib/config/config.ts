import * as v from 'valibot';
import { fields, text, whole } from '#core/fields.ts';
import { type Conflict, consistent } from '#core/consistent.ts';
import { model, type ModelConfig } from './model.ts';
import { BATCH_CONCURRENCY, stage, type StageConfig } from './stage.ts';
import { bucketOf, conflictsOfTraining, trainingConflicts } from './training.ts';

const entries = fields({
  /** The registry: `file:DIR`, relative to the config's folder, or `s3://bucket[/prefix]`. @default 'file:.onnward' */
  store: v.optional(text(/^(file:|s3:\/\/)./, 'file:DIR or s3://bucket[/prefix]')),
  /** Where `dev` and `serve` listen. @default 8080 */
  port: v.optional(whole(0, 65_535)),
  /** By model name. */
  models: v.optional(v.record(v.string(), model, 'is to be an object with an entry for each model')),
  /** Where it is deployed to, by name. @default - one, `dev`, in the account and region of the credentials */
  stages: v.optional(
    v.record(
      // No hyphen, which parts it from a model's name in the names of functions and alarms.
      text(/^[a-z][a-z0-9]{0,19}$/, 'a name of at most 20 lower-case letters and digits, a letter first'),
      stage,
      'is to be an object with an entry for each stage',
    ),
  ),
});

/** Where nothing is said of stages. */
export const DEFAULT_STAGES: Readonly<Record<string, StageConfig>> = { dev: {} };

/** What a model needs of each stage. */
const conflictsOf = ({ models = {}, stages = DEFAULT_STAGES }: v.InferOutput<typeof entries>): Conflict[] => [
  ...conflictsOfTraining(models),
  ...Object.entries(models).flatMap(([model, settings]) =>
    Object.entries(stages).flatMap(([stageName, stageSettings]) =>
      [authConflicts, batchConflicts, evaluationConflicts, trainingConflicts]
        .flatMap((conflictsOf) => conflictsOf(settings, stageSettings, stageName))
        .map(({ path, message }) => ({ path: ['models', model, ...path], message })),
    ),
  ),
];

function authConflicts({ auth }: ModelConfig, { api }: StageConfig, stageName: string): Conflict[] {
  if (auth !== 'jwt' || api?.jwt) return [];
  const missing = `stages.${stageName}.api.jwt: { issuer, audience }`;
  return [{ path: ['auth'], message: `is 'jwt', which needs ${missing}` }];
}

function batchConflicts({ batch: asked }: ModelConfig, { batch = {} }: StageConfig, stageName: string): Conflict[] {
  const { concurrency: reserved = BATCH_CONCURRENCY, buckets = [] } = batch;
  const conflicts: Conflict[] = [];
  if (asked?.concurrency !== undefined && asked.concurrency > reserved) {
    const message = `is ${asked.concurrency}, and cannot be over stages.${stageName}.batch.concurrency, ${reserved}`;
    conflicts.push({ path: ['batch', 'concurrency'], message });
  }
  const bucket = bucketOf(asked?.schedule?.input);
  if (bucket !== undefined && !buckets.includes(bucket)) {
    const message = `lies in the bucket ${bucket}, which stages.${stageName}.batch.buckets does not name`;
    conflicts.push({ path: ['batch', 'schedule', 'input'], message });
  }
  return conflicts;
}

function evaluationConflicts({ evaluation }: ModelConfig, { releases }: StageConfig, stageName: string): Conflict[] {
  const bucket = bucketOf(evaluation?.data);
  if (bucket === undefined || releases?.buckets?.includes(bucket)) return [];
  const message = `lies in the bucket ${bucket}, which stages.${stageName}.releases.buckets does not name`;
  return [{ path: ['evaluation', 'data'], message }];
}

/** Everything that `onnward.config.ts` may say. */
export const configSchema = v.pipe(entries, consistent(conflictsOf));

/** The configuration; each field's meaning and default stand with it above. */
export type Config = v.InferInput<typeof configSchema>;

export {
  atLeast,
  atMost,
  better,
  calibrated,
  custom,
  dataQuality,
  enoughRows,
  fair,
  noSliceWorse,
  nonInferior,
  notLarger,
  notSlower,
  p50Below,
  p99Below,
  sizeBelow,
} from '#core/release/gates/builders.ts';

/** Types the configuration as you write it: `export default defineConfig({ … })`. */
export const defineConfig = (config: Config): Config => config;
