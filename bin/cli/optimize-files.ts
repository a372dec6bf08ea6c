import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from '#core/documents.ts';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import { plotOf } from '#core/training/optimize/plot.ts';
import { usageError } from './arguments.ts';
import { optimizationLines } from './optimize-lines.ts';

/** Said before anything is begun. Throws `usage.not_a_folder`. */
export async function expectFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found || found.isDirectory()) return;
  throw usageError(
    'not_a_folder',
    `--output is a folder, and ${path} is a file.`,
    'Name another one; it is made where it is not there.',
  );
}

/** Leaves the table, the same as JSON, and the plot in a folder; gives the paths. */
export async function writeOptimization(document: OptimizationDocument, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const plot = plotOf(document);
  const files = {
    'optimization.txt': `${optimizationLines(document).join('\n')}\n`,
    'optimization.json': encode(document),
    ...(plot !== undefined && { 'optimization.svg': `${plot}\n` }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return Object.keys(files).map((name) => join(folder, name));
}
