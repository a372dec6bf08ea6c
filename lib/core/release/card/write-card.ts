import { encode } from '../../documents.ts';
import { cardKey } from '../../model/keys.ts';
import type { ObjectStore } from '../../ports.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import type { EndDocument } from '../documents.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';
import { cardOf } from './card.ts';
import { markdownOf } from './markdown.ts';
import { plotsOf } from './plots.ts';

/** Stores the model card of a release with its version: JSON, Markdown, and the plots that it shows. The first one stands. */
export async function writeCard(world: ReleaseWorld, release: Release, end: EndDocument): Promise<void> {
  const { model, version, release: id } = release;
  const card = await cardOf(world, release, end);
  const plots = card.evaluation ? plotsOf(id, card.evaluation) : [];
  const key = (name: string, extension: string): string => cardKey(model, version, name, extension);
  for (const { name, svg } of plots) await write(world.store, key(`${id}-${name}`, 'svg'), `${svg}\n`);
  await write(world.store, key(id, 'md'), markdownOf(card, plots));
  await write(world.store, key(id, 'json'), encode(card));
}

async function write(store: ObjectStore, key: string, content: string | Uint8Array): Promise<void> {
  try {
    await store.put(key, Buffer.from(content), { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}
