import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { filesBelow } from './files.ts';
import { type InferenceOptions, stageInference } from './inference.ts';

/**
 * The inference function for whoever builds or deploys it with other tools than CDK:
 * `node lib/packaging/context.ts image|zip arm64|x86_64 [FOLDER OF A STORE TO BAKE IN]` prints the folder, and on stderr
 * what is in it.
 */
const USAGE = 'node lib/packaging/context.ts image|zip arm64|x86_64 [FOLDER]';

function optionsOf([packaging, architecture, baked]: readonly string[]): InferenceOptions {
  if (packaging !== 'image' && packaging !== 'zip') throw wrong('packaging', packaging);
  if (architecture !== 'arm64' && architecture !== 'x86_64') throw wrong('architecture', architecture);
  return { packaging, architecture, ...(baked !== undefined && { baked: resolve(baked) }) };
}

const wrong = (what: string, value: string | undefined): Error =>
  new Error(`${what} is ${JSON.stringify(value)}. Usage: ${USAGE}`);

/** The largest files and the rest, by their bytes. */
function table(folder: string): string {
  const files = filesBelow(folder).map((path) => ({ path, bytes: statSync(join(folder, path)).size }));
  const large = files.filter(({ bytes }) => bytes >= 100_000).sort((a, b) => b.bytes - a.bytes);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const rest = total - large.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [
    ...large,
    { path: `${files.length - large.length} others`, bytes: rest },
    { path: 'all', bytes: total },
  ];
  return rows.map(({ path, bytes }) => `${String(bytes).padStart(10)}  ${path}\n`).join('');
}

try {
  const { folder } = stageInference(optionsOf(process.argv.slice(2)));
  process.stderr.write(table(folder));
  process.stdout.write(`${folder}\n`);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
