import { availableParallelism } from 'node:os';
import { runRelease } from '#adapters/local/workflow/release.ts';
import { runTraining } from '#adapters/local/workflow/training.ts';
import { OnnwardError } from '#core/errors.ts';
import { liveEvaluation } from '#core/monitoring/act/live-evaluation.ts';
import type { Actors, MonitorNews, Said } from '#core/monitoring/monitor/world.ts';
import type { RolledBack } from '#core/release/roll-back-model.ts';
import { inWords } from '#core/release/release.ts';
import { listReleases, releaseStatus } from '#core/release/releases.ts';
import type { GoOn, NewTraining } from '#core/training/events.ts';
import { readDocument } from '#core/training/store.ts';
import type { Training } from '#core/training/training.ts';
import { lastTraining, trainingFor } from '#core/training/trainings.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';
import { openReleaseFunction, optionsHere } from './release-function.ts';
import { askHere } from './release-here.ts';
import { openTrainingFunction } from './training-function.ts';

/** How long a state that is under way may go on at the end, ms: what it has not recorded is done again. */
const GRACE_MS = 2_000;

/** Whoever acts on this machine: what takes long goes on in the background, in processes of its own. */
export class LocalActors implements Actors {
  readonly #workplace: Workplace;
  readonly #signal: AbortSignal;
  /** By model. */
  readonly #underWay = new Map<string, Promise<void>>();

  /** Once the signal is aborted nothing is begun, and what is under way waits to be gone on with. */
  constructor(workplace: Workplace, signal: AbortSignal) {
    this.#workplace = workplace;
    this.#signal = signal;
  }

  async rollBack(model: string, { actor, reason, version }: Said & { readonly version: number }): Promise<number> {
    const answer = await askHere(this.#workplace, { task: 'rollback', model, version, actor, reason });
    return (answer as RolledBack).to.version;
  }

  async retrain(
    model: string,
    { action, actor, reason, channels }: Said & { readonly channels: Readonly<Record<string, string>> },
  ): Promise<string> {
    const there = await trainingFor(this.#workplace.store, model, action);
    if (there) return there.training;
    const options = { release: true, ...(Object.keys(channels).length > 0 && { channels }) };
    return this.#begin(model, { model, trigger: 'alarm', action, actor, why: reason, options });
  }

  notify({ subject, message }: MonitorNews): Promise<void> {
    say(`monitor: ${subject}: ${message}`);
    return Promise.resolve();
  }

  /** Goes on with what was begun for an action and left in the middle, by whoever ended before it had. */
  async carryOn(model: string): Promise<void> {
    if (this.#underWay.has(model)) return;
    const last = await lastTraining(this.#workplace.store, model);
    if (!last || last.training.action === undefined) return;
    const { training } = last.training;
    if (!last.end) await this.#begin(model, { training });
    else if (last.end.version !== undefined) {
      const isReleased = (await listReleases(this.#workplace.store, model)).some(
        ({ release, end }) => release.version === last.end?.version && end,
      );
      if (!isReleased) this.#track(model, this.#release(last.training, last.end.version));
    }
  }

  /** What is under way has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** Resolves once the training is there; it and its release go on. */
  #begin(model: string, request: NewTraining | GoOn): Promise<string> {
    return new Promise((resolve, reject) => {
      const run = this.#train(request, resolve).catch((error: unknown) => {
        reject(error);
        throw error;
      });
      this.#track(model, run);
    });
  }

  #track(model: string, run: Promise<void>): void {
    const tracked = run
      .catch((error: unknown) => say(`warning: ${model} is not trained anew: ${(error as Error).message}`))
      .finally(() => this.#underWay.delete(model));
    this.#underWay.set(model, tracked);
  }

  async #train(request: NewTraining | GoOn, onOpen: (training: string) => void): Promise<void> {
    const trainings = await openTrainingFunction(this.#workplace);
    try {
      const opened: string[] = [];
      const run = await runTraining(trainings, request, {
        signal: this.#signal,
        onOpen: (training) => {
          opened.push(training);
          onOpen(training);
        },
      });
      const last = opened.at(-1);
      if (last === undefined) throw run.failure ?? notBegun(run.outcome.status);
      // It may be gone on with.
      if (run.outcome.status === 'ABORTED') return void (await trainings.invoke({ task: 'pause', training: last }));
      await this.#releaseOf(last);
    } finally {
      await trainings.close(GRACE_MS);
    }
  }

  async #releaseOf(id: string): Promise<void> {
    const { store } = this.#workplace;
    const [training, end] = await Promise.all([readDocument(store, id, 'request'), readDocument(store, id, 'end')]);
    const version = end?.version ?? training?.version;
    say(`monitor: ${id}: ${end?.reason ?? 'it has not ended'}`);
    if (training && version !== undefined) await this.#release(training, version);
  }

  /** Through the gates of the model, judged on rows that came live where there are enough. */
  async #release({ training, model, actor }: Training, version: number): Promise<void> {
    const { store, config, folder } = this.#workplace;
    const releases = openReleaseFunction(this.#workplace, availableParallelism());
    try {
      const evaluation = await liveEvaluation(store, model, optionsHere(config, folder)[model] ?? {});
      const options = evaluation && { evaluation };
      const request = {
        model: `${model}:${version}`,
        actor,
        why: `trained by ${training}`,
        ...(options && { options }),
      };
      const { opened, failure, outcome } = await runRelease(releases, request, { signal: this.#signal });
      if (!opened) throw failure ?? notBegun(outcome.status);
      const { end } = await releaseStatus(store, opened.release);
      if (end) say(`monitor: ${opened.release}: ${model}:${version} ${inWords(end.state)}: ${end.reason}`);
    } finally {
      await releases.close(GRACE_MS);
    }
  }
}

const notBegun = (status: string): OnnwardError =>
  new OnnwardError(`it was not begun (${status})`, { code: 'training.failed', kind: 'unavailable' });
