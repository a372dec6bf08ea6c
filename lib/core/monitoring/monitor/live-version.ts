import type { Registry } from '../../registry/registry.ts';
import { aliasState } from '../../registry/aliases.ts';

/** The version that was live at a time, ms since 1970; of a canary the champion. Undefined where none was. */
export async function liveVersionAt(registry: Registry, model: string, at: number): Promise<number | undefined> {
  const live = await registry.alias(model, 'live');
  if (!live || Date.parse(live.updatedAt) <= at) return live?.version;
  let version: number | undefined;
  // It was moved since: rare, and then all of the history is read.
  for await (const record of registry.history(model)) {
    if (Date.parse(record.at) > at) break;
    const state = aliasState(record);
    if (state?.alias === 'live') version = state.version;
  }
  return version;
}
