/** `node .ci/stale.ts RESULT LANE`: fails, and says what to run, where a committed result is older than its inputs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stamp, staleInputs } from '../bench/stamp.ts';

const root = join(import.meta.dirname, '..');
const [result, lane] = process.argv.slice(2) as [string, string];

const complaint = complaintAbout(result);
if (complaint !== undefined) {
  process.stderr.write(`${result} ${complaint}. Run \`.ci/full ${lane}\` and commit what it writes.\n`);
  process.exitCode = 1;
}

function complaintAbout(path: string): string | undefined {
  if (!existsSync(join(root, path))) return 'is missing';
  const { stamp } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { stamp?: Stamp };
  if (stamp === undefined) return 'has no stamp';
  const stale = staleInputs(root, stamp);
  return stale.length === 0 ? undefined : `was made before a change of ${stale.join(', ')}`;
}
