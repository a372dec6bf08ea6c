import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';

/** A model that runs where it can harm nobody: in a process of its own. */
export interface IsolatedModel extends LoadedModel {
  /** Resolves when its process is gone, and says why; after `close` too. */
  readonly ended: Promise<string>;
  /** Milliseconds that the latest answer took on its way there and back, which it would not take here. */
  readonly transferMs: number;
}

/** Opens a version in a process of its own; `signal` gives it up. Throws what stops it from being loaded. */
export type Isolate = (manifest: Manifest, signal: AbortSignal) => Promise<IsolatedModel>;

/** How live traffic of a model is divided, as its alias record says. */
export interface Division {
  readonly release: string;
  /** Of the alias record: another one for every change. */
  readonly sequence: number;
  /** Versions. */
  readonly champion: number;
  readonly challenger: number;
}

/** What is under way on both sides of a division. */
interface DivisionTimes {
  /** Of the challenger's latest answer. */
  readonly transferMs: () => number;
  /** How long the requests have waited, ms, that a version was asked and has not answered. */
  readonly waiting: (version: number) => readonly number[];
}

/** Counts what comes of a division. */
export interface DivisionCounter {
  /** It is so from now on. */
  divided(model: string, division: Division, times: DivisionTimes): void;
  /** All requests are the champion's again. */
  undivided(model: string): void;
  /** A request was the challenger's to answer, which was not there; the champion has it. */
  missed(model: string): void;
  /** The challenger's process has died. */
  died(model: string): void;
}
