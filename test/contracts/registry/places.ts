import { createHash } from 'node:crypto';
import type { ObjectStore } from '#core/ports.ts';
import type { Finding } from '#core/registry/finding.ts';
import { Registry } from '#core/registry/registry.ts';
import type { Place } from '../object-store.ts';

export interface RegistryContract {
  /** Makes a new, empty place. */
  readonly place: () => Promise<Place>;
  /** Takes an object away, behind the back of the store. */
  readonly remove: (store: ObjectStore, key: string) => Promise<void>;
}

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A registry whose clock goes on by a second at each look. */
export function registryOn(store: ObjectStore, actor = 'ada'): Registry {
  let now = START;
  return new Registry(store, { clock: () => (now += 1000), actor });
}

/** A registry in a new, empty place, and the store that it is on. */
export async function newRegistry({ place }: Pick<RegistryContract, 'place'>) {
  const store = await newStore({ place });
  return { store, registry: registryOn(store) };
}

export const newStore = async ({ place }: Pick<RegistryContract, 'place'>): Promise<ObjectStore> => (await place())();

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const verified = (registry: Registry, name?: string): Promise<Finding[]> =>
  Array.fromAsync(registry.verify(name));
export const history = (registry: Registry, name: string) => Array.fromAsync(registry.history(name));
export const bytesAt = async (store: ObjectStore, key: string): Promise<Uint8Array> => (await store.get(key))!.bytes;
export const keysOf = async (store: ObjectStore, prefix = ''): Promise<string[]> =>
  (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
