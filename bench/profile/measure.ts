import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { watch, type Watched } from '../batch/watch.ts';
import { CACHE, command, install, programs } from '../cache.ts';
import { type Cell, type Contender, CONTENDERS, type ProfileSource, SOURCES } from './results.ts';

const ENVIRONMENT = 'evidently';
export const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** What either program prints. */
interface Printed {
  readonly rows: number;
  readonly seconds: number;
  readonly bytes?: number;
  readonly found: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

export interface Measured {
  readonly cells: readonly Cell[];
  readonly profileBytes: number;
}

/** All by turns, so that what slows the machine slows them alike; what they found is compared. */
export async function measureAll(rows: number, rounds: number): Promise<Measured> {
  await install(ENVIRONMENT, REQUIREMENTS);
  const cells: Cell[] = [];
  let profileBytes = 0;
  for (const source of SOURCES) {
    const path = await makeTable(rows, source === 'csv' ? 'csv' : 'parquet');
    const taken = contendersOf(source).map((contender) => ({
      contender,
      source,
      rows,
      rounds: [] as Cell['rounds'][number][],
    }));
    for (let round = 0; round < rounds; round++) {
      const found: Printed[] = [];
      for (const { contender, rounds: all } of taken) {
        const { printed, seconds, peak } = await run(contender, source, path);
        console.log(`${source}, ${contender}: ${seconds.toFixed(1)} s, ${(peak / 2 ** 20).toFixed(0)} MiB`);
        all.push({ seconds, peak });
        found.push(printed);
        profileBytes = printed.bytes ?? profileBytes;
      }
      expectSame(found);
    }
    cells.push(...taken);
  }
  return { cells, profileBytes };
}

/** What the preset does besides takes long: once is enough to see it. */
const contendersOf = (source: ProfileSource): readonly Contender[] =>
  CONTENDERS.filter((contender) => contender !== 'evidently summary' || source === 'memory');

async function run(
  contender: Contender,
  source: ProfileSource,
  path: string,
): Promise<Pick<Watched, 'seconds' | 'peak'> & { readonly printed: Printed }> {
  const watched = await watch(`profile-${contender.replace(' ', '-')}`, programOf(contender, source, path));
  const printed = JSON.parse(watched.stdout.trim().split('\n').at(-1) as string) as Printed;
  return { printed, peak: watched.peak, seconds: source === 'memory' ? printed.seconds : watched.seconds };
}

function programOf(contender: Contender, source: ProfileSource, path: string): Parameters<typeof watch>[1] {
  if (contender === 'onnward') {
    const script = join(import.meta.dirname, 'onnward.ts');
    return { program: process.execPath, args: [script, source === 'memory' ? 'memory' : 'file', path] };
  }
  const script = join(import.meta.dirname, 'evidently_profile.py');
  return { program: join(programs(ENVIRONMENT), 'python'), args: [script, contender.split(' ')[1] as string, path] };
}

/** They add up in another order, and print as many digits as they like. */
const TOLERANCE = 1e-6;

function expectSame([ours, ...others]: readonly Printed[]): void {
  for (const other of others) {
    for (const [column, figures] of Object.entries(other.found)) {
      for (const [name, value] of Object.entries(figures)) {
        const own = ours?.found[column]?.[name] ?? Number.NaN;
        const isSame = Math.abs(own - (value ?? Number.NaN)) <= TOLERANCE * Math.max(1, Math.abs(own));
        if (!isSame) throw new Error(`${name} of ${column} is ${own}, and Evidently has ${value}`);
      }
    }
    if (Object.keys(other.found).length === 0) throw new Error('Evidently has found nothing');
  }
}

/** Made once, and again by another generator. */
async function makeTable(rows: number, suffix: string): Promise<string> {
  const script = join(import.meta.dirname, 'make_data.py');
  const generation = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 8);
  const folder = join(CACHE, 'bench-inputs', `profile-${generation}`);
  const path = join(folder, `${rows}.${suffix}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  console.log(`making ${rows} rows of ${suffix} (once)`);
  const unfinished = join(folder, `unfinished.${suffix}`);
  await command(join(programs(ENVIRONMENT), 'python'), [script, `${rows}`, unfinished]);
  renameSync(unfinished, path);
  return path;
}
