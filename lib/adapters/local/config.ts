import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { OnnwardError } from '#core/errors.ts';
import { type Config, configSchema } from '#config/config.ts';

/** The one name that a configuration may have. */
export const CONFIG_FILE = 'onnward.config.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute. @default - there is no file, and all is default */
  readonly path?: string;
  /** What relative paths of the configuration mean: the file's folder, or where the search began. */
  readonly folder: string;
}

/** The configuration of `from` or of the nearest folder above it. Throws `config.unreadable`, `config.invalid`. */
export async function loadConfig(from: string): Promise<LoadedConfig> {
  const path = findUpwards(from);
  if (path === undefined) return { config: {}, folder: from };
  return { config: validate(await importDefault(path), path), path, folder: dirname(path) };
}

/**
 * Looks at the configuration together with the held-out rows that lie beside it. For whoever releases or deploys: nobody is
 * kept from a rollback by them. Throws `config.invalid`, and `release.unresolvable` where there are too few for the gates.
 */
export async function checkReleases({ config: { models = {} }, folder }: LoadedConfig): Promise<void> {
  for (const [name, model] of Object.entries(models)) {
    if (!model.gates) continue;
    const { checkHeldOut } = await import('./held-out.ts');
    await checkHeldOut(name, model, folder);
  }
}

function findUpwards(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

async function importDefault(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      // The configuration speaks to the Onnward that reads it, also where none is installed beside it.
      if (specifier === 'onnward') return { url: import.meta.resolve('#config/config.ts'), shortCircuit: true };
      // Said outright, or Node warns of a package.json without "type".
      return specifier === url ? { url, format: 'module-typescript', shortCircuit: true } : next(specifier, context);
    },
  });
  try {
    return ((await import(url)) as { default?: unknown }).default;
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    hooks.deregister();
  }
}

function unreadable(path: string, cause: unknown): OnnwardError {
  const reason = cause instanceof Error ? cause.message.trim().split('\n')[0]! : String(cause);
  const fix = `Correct it; \`npx tsc --noEmit ${CONFIG_FILE}\` shows the line.`;
  return new OnnwardError(`${path} cannot be read: ${reason}`, {
    code: 'config.unreadable',
    kind: 'invalid',
    fix,
    cause,
  });
}

/** A getter, or a proxy, may do what it likes. */
function parse(value: unknown, path: string) {
  try {
    return v.safeParse(configSchema, value);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function validate(value: unknown, path: string): Config {
  const result = parse(value, path);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => ({
    path: v.getDotPath(issue) ?? 'default export',
    message: issue.message,
  }));
  const mistakes = issues.map((issue) => `${issue.path} ${issue.message}`).join('; ');
  throw new OnnwardError(`${path}: ${mistakes}.`.replace(/([.?])\.$/, '$1'), {
    code: 'config.invalid',
    kind: 'invalid',
    fix: `Correct ${issues[0]!.path} in ${CONFIG_FILE} and run the command again.`,
    fields: { issues },
  });
}
