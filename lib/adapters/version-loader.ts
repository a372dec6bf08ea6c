import { OnnwardError } from '#core/errors.ts';
import { decodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Engine, LoadedModel, LoadOptions, ObjectReader } from '#core/ports.ts';
import { materialize, type MaterializeOptions } from './local/materialize.ts';

export interface VersionLoaderOptions {
  readonly store: ObjectReader;
  /** May still be on its way: files are brought meanwhile. */
  readonly engine: Engine | Promise<Engine>;
  /** Where files of a store that is not on this machine are kept, by hash. */
  readonly cacheFolder: string;
  /** What to be told of while files are brought. @default - nothing */
  readonly bringing?: MaterializeOptions;
  /** By model name; wins over what a manifest says of serving. @default - the manifest's */
  readonly serving?: Readonly<Record<string, LoadOptions | undefined>>;
}

/** Brings a version's files to this machine and opens them, warmed up with the golden cases. */
export function versionLoader(options: VersionLoaderOptions): (manifest: Manifest) => Promise<LoadedModel> {
  const { store, engine, cacheFolder, bringing, serving } = options;
  const load = async (manifest: Manifest): Promise<LoadedModel> => {
    const files = await materialize(store, manifest, cacheFolder, bringing);
    const warmup = decodeGolden(manifest.golden, manifest.signature);
    return (await engine).load(files, { ...manifest.serving, ...serving?.[manifest.name], warmup });
  };
  return (manifest) => load(manifest).catch((error: unknown) => Promise.reject(named(error, manifest)));
}

/** A server has many models: its error says which one. */
function named(error: unknown, { name, version }: Manifest): unknown {
  if (!(error instanceof OnnwardError)) return error;
  const { message, code, kind, fix, fields } = error;
  return new OnnwardError(`${name}:${version} cannot be loaded: ${message}`, {
    code,
    kind,
    ...(fix !== undefined && { fix }),
    fields: { ...fields, name, version },
    cause: error,
  });
}
