import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ObjectStore } from '#core/ports.ts';
import { usageError } from './arguments.ts';

/** What a card is made of: itself, the same as JSON, and its plots, as `<release>-<name>.svg`. */
const PART = /^(?:\.md|\.json|-[a-z-]+\.svg)$/;

/**
 * Brings a card with all that it shows into a folder, which is made where it is not there; gives the paths, the card's
 * first. `card` is its key without `.md`. Throws `usage.not_a_folder`.
 */
export async function bringCard(store: ObjectStore, card: string, folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) throw notAFolder(folder);
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for await (const { key } of store.list(card)) {
    const stored = PART.test(key.slice(card.length)) ? await store.get(key) : undefined;
    if (!stored) continue;
    const path = join(folder, basename(key));
    await writeFile(path, stored.bytes);
    paths.push(path);
  }
  return paths.sort((one, other) => Number(other.endsWith('.md')) - Number(one.endsWith('.md')));
}

const notAFolder = (path: string) =>
  usageError(
    'not_a_folder',
    `--output is a folder, and ${path} is a file.`,
    'Name another one; it is made where it is not there.',
  );
