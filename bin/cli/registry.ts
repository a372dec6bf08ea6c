import { hostname, userInfo } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { openStore } from '#adapters/stores.ts';
import { loadConfig, type LoadedConfig } from '#adapters/local/config.ts';
import { Registry } from '#core/registry/registry.ts';
import type { ObjectStore } from '#core/ports.ts';

/** What nearly every command stands on. */
export interface Workplace extends LoadedConfig {
  readonly store: ObjectStore;
  readonly registry: Registry;
}

/** Reads the configuration and opens the registry: `--store`, else ONNWARD_STORE, else the configuration, else a folder. */
export async function openWorkplace(args: { readonly store?: string | undefined }): Promise<Workplace> {
  const loaded = await loadConfig(process.cwd());
  const named = args.store ?? process.env['ONNWARD_STORE'];
  const url = named ? absolute(named, process.cwd()) : absolute(loaded.config.store ?? 'file:.onnward', loaded.folder);
  const store = await openStore(url);
  return { ...loaded, store, registry: new Registry(store, { clock: Date.now, actor: actor() }) };
}

function absolute(url: string, folder: string): string {
  if (!url.startsWith('file:')) return url;
  const path = url.slice('file:'.length);
  return isAbsolute(path) ? url : `file:${resolve(folder, path)}`;
}

/** Who the history names. */
export const actor = (): string => `${userInfo().username}@${hostname()}`;
