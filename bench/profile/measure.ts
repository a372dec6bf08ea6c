import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CACHE, command, install, programs } from '../cache.ts';
import { type Cell, type Contender, CONTENDERS, type ProfileSource } from './results.ts';

const ENVIRONMENT = 'evidently';
export const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** What either program prints: the seconds, and those of CPU, of rows in memory; and of CPU in all. */
interface Printed {
  readonly rows: number;
  readonly seconds: number;
  readonly cpu: number;
  readonly cpuInAll: number;
  /** Most resident bytes of the process: it knows best, and looking on from outside takes time from it. */
  readonly peak: number;
  readonly bytes?: number;
  readonly found: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

export interface Measured {
  readonly cells: readonly Cell[];
  readonly profileBytes: number;
}

/** All by turns, so that what slows the machine slows them alike; what they found is compared. */
export async function measureAll(rows: number, format: string, rounds: number): Promise<Measured> {
  await install(ENVIRONMENT, REQUIREMENTS);
  const path = await makeTable(rows, format);
  const cells = CONTENDERS.flatMap((contender) =>
    SOURCES.map((source) => ({ contender, source, rows, rounds: [] as Cell['rounds'][number][] })),
  );
  const taken = (contender: Contender, source: ProfileSource, round: Cell['rounds'][number]): void => {
    console.log(`${source}, ${contender}: ${round.seconds.toFixed(1)} s, ${(round.peak / 2 ** 20).toFixed(0)} MiB`);
    cells.find((cell) => cell.contender === contender && cell.source === source)?.rounds.push(round);
  };
  let profileBytes = 0;
  for (let round = 0; round < rounds; round++) {
    const found: Printed[] = [];
    for (const contender of contendersOf(round)) {
      const { file, memory } = await run(contender, path);
      taken(contender, 'file', { seconds: file.secondsInAll, cpu: file.cpuInAll, peak: file.peak });
      taken(contender, 'memory', { seconds: memory.seconds, cpu: memory.cpu, peak: memory.peak });
      found.push(file, memory);
      profileBytes = file.bytes ?? profileBytes;
    }
    expectSame(found);
  }
  return { cells, profileBytes };
}

const SOURCES: readonly ProfileSource[] = ['file', 'memory'];

/** What the preset does besides takes long: once is enough to see it. */
const contendersOf = (round: number): readonly Contender[] =>
  CONTENDERS.filter((contender) => contender !== 'evidently summary' || round === 0);

type Ran = Printed & { readonly secondsInAll: number };

/** Evidently has all rows in memory in any case: one run tells both. */
async function run(contender: Contender, path: string): Promise<{ readonly file: Ran; readonly memory: Ran }> {
  if (contender === 'onnward') {
    const script = join(import.meta.dirname, 'onnward.ts');
    const [file, memory] = [
      await ran(process.execPath, [script, 'file', path]),
      await ran(process.execPath, [script, 'memory', path]),
    ];
    return { file, memory };
  }
  const script = join(import.meta.dirname, 'evidently_profile.py');
  const both = await ran(join(programs(ENVIRONMENT), 'python'), [script, contender.split(' ')[1] as string, path]);
  return { file: both, memory: both };
}

/** Evidently is slow, and machines may be. */
const MOST_SECONDS = 3600;

async function ran(program: string, args: readonly string[]): Promise<Ran> {
  const begin = performance.now();
  const printed = await command(program, args, MOST_SECONDS);
  const secondsInAll = (performance.now() - begin) / 1000;
  return { ...(JSON.parse(printed.trim().split('\n').at(-1) as string) as Printed), secondsInAll };
}

/** They add up in another order, and print as many digits as they like. */
const TOLERANCE = 1e-6;

function expectSame([ours, ...others]: readonly Printed[]): void {
  for (const other of others) {
    if (Object.keys(other.found).length === 0) throw new Error('nothing was found');
    for (const [column, figures] of Object.entries(other.found)) {
      for (const [name, value] of Object.entries(figures)) {
        const own = ours?.found[column]?.[name] ?? Number.NaN;
        const isSame = Math.abs(own - (value ?? Number.NaN)) <= TOLERANCE * Math.max(1, Math.abs(own));
        if (!isSame) throw new Error(`${name} of ${column} is ${own}, and another has ${value}`);
      }
    }
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
