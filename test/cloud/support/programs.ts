import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

export const CDK = join(REPOSITORY, 'node_modules', 'aws-cdk', 'bin', 'cdk');
export const ONNWARD = join(REPOSITORY, 'bin', 'onnward.ts');

/** The Python that MiniStack is installed for. */
export function ministackPython(): string {
  const cache = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');
  const python = join(cache, 'ministack', 'bin', 'python');
  if (!existsSync(python)) throw new Error(`${python} is not there: run test/cloud/install.sh first`);
  return python;
}
