import { cardKey } from '../../model/keys.ts';
import { writeOnce } from '../../documents.ts';
import type { EndDocument } from '../documents.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';

/** Stores the model card of a release with its version. */
export async function writeCard({ store }: ReleaseWorld, release: Release, end: EndDocument): Promise<void> {
  await writeOnce(store, cardKey(release.model, release.version, release.release, 'json'), { format: 1, release, end });
}
