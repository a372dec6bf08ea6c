import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '#core/ports.ts';
import type { Progress as TrainerProgress } from '#core/training/documents.ts';
import { readDocument, readTraining, type TrainingDocuments } from '#core/training/store.ts';
import { progressOf, waitingOf } from '#core/training/trainings.ts';
import { say } from './output.ts';
import { createProgress } from './progress.ts';
import { line } from './release-words.ts';
import { beginning, type DESCRIBERS, linesOf, metricLines } from './training-lines.ts';

/** How often a store is looked at, ms. */
const LOOK_MS = { here: 250, elsewhere: 2_000 };

/** In the order in which they come about. */
const STEPS = [
  'result',
  'check',
  'optimization',
  'register',
  'stop',
  'end',
] as const satisfies (keyof typeof DESCRIBERS)[];

/** Says how a training goes, until it has ended or the signal says so. */
export async function followTraining(store: ObjectStore, training: string, signal: AbortSignal): Promise<void> {
  say(beginning(await readTraining(store, training)));
  const told = new Told();
  for (;;) {
    // Looked at before: what was recorded until then is told, whatever the signal.
    const last = signal.aborted;
    const [progress, waiting, found] = await Promise.all([
      progressOf(store, training),
      waitingOf(store, training),
      documentsOf(store, training),
    ]);
    if (waiting) told.waiting(waiting.reason);
    if (progress)
      told.progress(
        progress,
        found.some(([name]) => name === 'result'),
      );
    for (const [name, document] of found) told.document(name, document);
    if (last || found.some(([name]) => name === 'end')) break;
    await sleep(store.localPath ? LOOK_MS.here : LOOK_MS.elsewhere, undefined, { signal }).catch(() => undefined);
  }
  told.close();
}

type Step = (typeof STEPS)[number];

async function documentsOf(store: ObjectStore, training: string): Promise<[Step, TrainingDocuments[Step]][]> {
  const found = await Promise.all(
    STEPS.map(async (name) => [name, await readDocument(store, training, name)] as const),
  );
  return found.flatMap(([name, document]) => (document ? [[name, document] as [Step, TrainingDocuments[Step]]] : []));
}

/** What was said already. */
class Told {
  readonly #documents = new Set<Step>();
  readonly #bar = createProgress(false);
  readonly #metrics = new Map<string, number>();
  #phase = '';
  #line = '';
  #waiting = '';

  progress(progress: TrainerProgress, hasEnded: boolean): void {
    const { phase, attempt, metrics, lines, done, total } = progress;
    const lastLine = lines.at(-1) ?? '';
    if (phase === 'fetching' && done !== undefined) this.#bar.update('fetching', done, total);
    if (`${phase} ${attempt}` !== this.#phase && !hasEnded) {
      this.#bar.end();
      this.#phase = `${phase} ${attempt}`;
      say(line(WORDS[phase].what, `${WORDS[phase].says}${attempt > 1 ? `, on host ${attempt}` : ''}`));
    }
    for (const each of metricLines(progress, this.#metrics)) say(each);
    // A trainer that names no metrics still says that it is alive.
    if (metrics.length === 0 && lastLine !== this.#line && !hasEnded) say(line('', (this.#line = lastLine)));
  }

  waiting(reason: string): void {
    if (reason === this.#waiting) return;
    this.#waiting = reason;
    say(line('wait', reason));
  }

  document<Name extends Step>(name: Name, document: TrainingDocuments[Name]): void {
    if (this.#documents.has(name)) return;
    this.#documents.add(name);
    this.#bar.end();
    for (const each of linesOf(name, document)) say(each);
  }

  close(): void {
    this.#bar.end();
  }
}

const WORDS: Readonly<Record<TrainerProgress['phase'], { readonly what: string; readonly says: string }>> = {
  fetching: { what: 'fetch', says: 'brings its channels' },
  training: { what: 'train', says: 'the trainer runs' },
  'taking out': { what: 'take out', says: 'brings what the trainer left to the store' },
};
