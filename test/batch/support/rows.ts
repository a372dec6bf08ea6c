import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../repository/sources.ts';

/** One row of so many is bad. */
const BAD_EVERY = 997;

const WRITE_BYTES = 2 ** 20;

/**
 * The held-out digits over and over, as CSV: `id`, 64 pixels, and the digit that was written. One row of BAD_EVERY has a
 * cell that is no number.
 */
export async function writeRows(path: string, rows: number): Promise<void> {
  const [heading, ...images] = (await readFile(join(root, 'examples/digits/heldout.csv'), 'utf8'))
    .trimEnd()
    .split('\n');
  const file = await open(path, 'w');
  let pending = `id,${heading}\n`;
  for (let row = 0; row < rows; row++) {
    const image = images[row % images.length] as string;
    pending += `${row},${row % BAD_EVERY === 5 ? image.replace('0,', 'x,') : image}\n`;
    if (pending.length < WRITE_BYTES && row < rows - 1) continue;
    await file.write(pending);
    pending = '';
  }
  await file.close();
}

/** How many of so many rows are bad. */
export const badOf = (rows: number): number => Math.ceil((rows - 5) / BAD_EVERY);
