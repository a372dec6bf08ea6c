import * as v from 'valibot';
import { type Conflict, consistent, fields, text, whole } from './fields.ts';
import { model } from './model.ts';
import { stage, type StageConfig } from './stage.ts';

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
function conflictsOf({ models = {}, stages = DEFAULT_STAGES }: v.InferOutput<typeof entries>): Conflict[] {
  return Object.entries(models).flatMap(([name, { auth }]) =>
    Object.entries(stages).flatMap(([stageName, { api }]) => {
      if (auth !== 'jwt' || api?.jwt) return [];
      const missing = `stages.${stageName}.api.jwt: { issuer, audience }`;
      return [{ path: ['models', name, 'auth'], message: `is 'jwt', which needs ${missing}` }];
    }),
  );
}

/** Everything that `onnward.config.ts` may say. */
export const configSchema = v.pipe(entries, consistent(conflictsOf));

/** The configuration; each field's meaning and default stand with it above. */
export type Config = v.InferInput<typeof configSchema>;

/** Types the configuration as you write it: `export default defineConfig({ … })`. */
export const defineConfig = (config: Config): Config => config;
