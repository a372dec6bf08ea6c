import { globSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchManifest } from '#core/batch/plan.ts';
import { treeOf } from '../../../bench/batch/watch.ts';
import { type Laptop, sha256Of } from './laptop.ts';

/** What a job has left. */
export interface Left {
  readonly manifest: BatchManifest;
  /** SHA-256 of each part and each quarantine file, by key below its job: as the files are, not as the manifest says. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Kills {
  readonly seed: number;
  readonly workers: number;
  readonly coordinators: number;
}

export interface Disturbed extends Left {
  readonly killed: { readonly workers: number; readonly coordinators: number };
  /** How often the command was started, the first time too. */
  readonly starts: number;
}

/** Between two kills, ms: shorter than a shard, and longer too. */
const PAUSE = { least: 20, most: 400 };

const COMMAND = ['--id', 'id', '--drop', 'digit', '--json'];

/** A job that runs through. */
export async function undisturbed(laptop: Laptop, input: string, options: readonly string[] = []): Promise<Left> {
  const { code, stderr } = await laptop.run(['batch', 'digits', input, ...COMMAND, ...options], 600);
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return left(laptop);
}

/**
 * A job whose processes are killed, when and which of them the seed decides; resumed each time that the command has gone,
 * until it is done.
 */
export async function disturbed(
  laptop: Laptop,
  input: string,
  { seed, ...kills }: Kills,
  options: readonly string[] = [],
): Promise<Disturbed> {
  const random = randomFrom(seed);
  const due = shuffled(
    [
      ...Array<'coordinators'>(kills.coordinators).fill('coordinators'),
      ...Array<'workers'>(kills.workers).fill('workers'),
    ],
    random,
  );
  const killed = { workers: 0, coordinators: 0 };
  for (let starts = 1; ; starts++) {
    const job = laptop.job();
    const again = job !== undefined && laptop.receipts() > 0;
    const { process: command, finished } = laptop.start(
      again ? ['batches', 'resume', job] : ['batch', 'digits', input, ...COMMAND, ...options],
      600,
    );
    while (command.exitCode === null && command.signalCode === null && due.length > 0) {
      await Promise.race([sleep(PAUSE.least + random() * (PAUSE.most - PAUSE.least)), finished]);
      const kind = due[0] as keyof typeof killed;
      const workers = treeOf(command.pid).slice(1);
      const victim = kind === 'coordinators' ? command.pid : workers[Math.floor(random() * workers.length)];
      // Before the first receipt there is nothing to lose yet.
      if (victim === undefined || laptop.receipts() === 0 || !killNow(victim)) continue;
      due.shift();
      killed[kind] += 1;
    }
    const { code, stderr } = await finished;
    const state = laptop.manifest()?.state;
    if (code === 0 && state === 'done') return { ...(await left(laptop)), killed, starts };
    // A shard that was killed thrice is left pending; a plan or an account that was killed as often ends the command.
    const expected = code === null || state === 'pending' || stderr.includes('it ended with SIGKILL');
    if (!expected) throw new Error(`it ended with ${code}, and is ${state}: ${stderr}`);
  }
}

function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has ended meanwhile
  }
}

async function left(laptop: Laptop): Promise<Left> {
  const manifest = laptop.manifest();
  if (!manifest) throw new Error('there is no manifest');
  const keys = globSync('batch/{out,quarantine}/*/*/*', { cwd: laptop.object('') }).sort();
  const hashes = await Promise.all(
    keys.map(async (key) => [key.split('/').toSpliced(3, 1).join('/'), await sha256Of(laptop.object(key))] as const),
  );
  return { manifest, outputs: Object.fromEntries(hashes) };
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Numbers from 0 to 1, the same for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
