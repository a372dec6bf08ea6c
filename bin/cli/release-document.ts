import { readDocument } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import { documentKey } from '#core/release/keys.ts';
import type { ReleaseStatus } from '#core/release/releases.ts';

const SHOWN = ['verify', 'evaluation', 'gates', 'publish', 'warm-up', 'shadow', 'live', 'roll-back'] as const;

/** What `--json` says of a release: how it stands, and every document of its states. */
export async function releaseDocument(store: ObjectStore, status: ReleaseStatus): Promise<object> {
  const { release } = status;
  const documents = await Promise.all(
    SHOWN.map(async (name) => [name, await readDocument<object>(store, documentKey(release.release, name))] as const),
  );
  return {
    ...releaseSummary(status),
    request: release,
    ...Object.fromEntries(documents.filter(([, document]) => document)),
  };
}

/** The same in short, for lists. */
export const releaseSummary = ({ release, state, wait, decision, abort, end }: ReleaseStatus): object => ({
  release: release.release,
  model: release.model,
  version: release.version,
  ...(release.champion !== undefined && { champion: release.champion }),
  state,
  trigger: release.trigger,
  actor: release.actor,
  at: release.at,
  ...(wait && { wait }),
  ...(decision && { decision }),
  ...(abort && { abort }),
  ...(end && { end }),
});
