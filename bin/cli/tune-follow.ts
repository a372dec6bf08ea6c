import { setTimeout as sleep } from 'node:timers/promises';
import { readDocument as read } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import { trialId } from '#core/training/keys.ts';
import { readDocument, readTraining } from '#core/training/store.ts';
import type { Training } from '#core/training/training.ts';
import { type Decision, decisionKey } from '#core/training/tuning/documents.ts';
import { readTable, type Trial } from '#core/training/tuning/table.ts';
import { say } from './output.ts';
import { line } from './release-words.ts';
import { linesOf } from './training-lines.ts';
import { beginning, begunLine, endedLine } from './tune-lines.ts';

/** How often a store is looked at, ms. */
const LOOK_MS = { here: 250, elsewhere: 2_000 };

/** Says what is tried, and what comes of it, until the tuning has ended or the signal says so. */
export async function followTuning(store: ObjectStore, tuning: string, signal: AbortSignal): Promise<void> {
  const training = await readTraining(store, tuning);
  say(beginning(training));
  const told = new Told(store, training);
  for (;;) {
    // Looked at before: what was recorded until then is told, whatever the signal.
    const last = signal.aborted;
    const hasEnded = (await readDocument(store, tuning, 'end')) !== undefined;
    await told.look();
    if (last || hasEnded) return;
    await sleep(store.localPath ? LOOK_MS.here : LOOK_MS.elsewhere, undefined, { signal }).catch(() => undefined);
  }
}

/** What was said already. */
class Told {
  readonly #store: ObjectStore;
  readonly #tuning: Training;
  readonly #said = new Set<string>();

  constructor(store: ObjectStore, tuning: Training) {
    this.#store = store;
    this.#tuning = tuning;
  }

  async look(): Promise<void> {
    const { training } = this.#tuning;
    const trials = await readTable(this.#store, training);
    // What has ended makes room for what begins.
    this.#ended(
      trials,
      trials.filter(({ trial }) => this.#said.has(`begun ${trial}`)),
    );
    for (const each of trials) this.#once(`begun ${each.trial}`, () => begunLine(each));
    this.#ended(trials, trials);
    const decision = await read<Decision>(this.#store, decisionKey(training));
    if (decision?.winner === undefined) return;
    this.#once('decided', () => line('best', decision.reason));
    const check = await readDocument(this.#store, trialId(training, decision.winner), 'check');
    if (check) this.#once('check', () => linesOf('check', check).join('\n'));
    const register = await readDocument(this.#store, training, 'register');
    if (register) this.#once('register', () => linesOf('register', register).join('\n'));
  }

  #ended(all: readonly Trial[], some: readonly Trial[]): void {
    for (const each of some.filter(({ outcome }) => outcome)) {
      const before = all.filter(({ trial }) => this.#said.has(`ended ${trial}`));
      this.#once(`ended ${each.trial}`, () => endedLine(each, before, this.#tuning));
    }
  }

  #once(what: string, words: () => string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    say(words());
  }
}
