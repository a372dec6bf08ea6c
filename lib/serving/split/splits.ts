import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';
import type { IndexEntry, ServedModel } from '#serving/host.ts';
import { Challenger, type ChallengerEvent } from './challenger.ts';
import type { DivisionCounter, Isolate } from './isolated.ts';
import { Waiting } from './waiting.ts';

export interface SplitOptions {
  readonly isolate: Isolate;
  readonly counter: DivisionCounter;
  /** From 0 up to, and without, 1. @default Math.random */
  readonly random?: () => number;
}

export interface SplitsOptions extends SplitOptions {
  manifest(name: string, version: number): Promise<Manifest>;
  onEvent(name: string, version: number, event: ChallengerEvent): void;
}

/** An alias record that sends a part of live traffic to a challenger. */
interface Divided extends AliasRecord {
  readonly challenger: number;
  readonly weight: number;
}

interface Split {
  readonly challenger: Challenger;
  record: Divided;
  /** The sequence that is being counted; 0 is none. */
  counted: number;
}

/** The models whose live traffic is divided now, by name. The champion is its host's, the challenger has its own process. */
export class Splits {
  readonly #options: SplitsOptions;
  readonly #random: () => number;
  readonly #splits = new Map<string, Split>();
  readonly #waiting = new Waiting((name) => this.#splits.has(name));
  readonly #ending = new Set<Promise<void>>();
  /** Of the newest record that was seen of each model: two looks may come back in another order than they were begun. */
  readonly #seen = new Map<string, number>();

  constructor(options: SplitsOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get size(): number {
    return this.#splits.size;
  }

  get names(): readonly string[] {
    return [...this.#splits.keys()];
  }

  /** Who answers the next request of the model: the challenger as often as its weight says, where it is there. */
  pick(champion: ServedModel): ServedModel {
    const split = this.#splits.get(champion.name);
    if (split === undefined || this.#random() * 100 >= split.record.weight) return champion;
    const { served, begun } = split.challenger;
    if (served === undefined && begun) this.#options.counter.missed(champion.name);
    return served ?? champion;
  }

  /** The model of a version, and while its live traffic is divided what it has not answered is kept account of. */
  watched(name: string, version: number, model: LoadedModel): LoadedModel {
    return this.#waiting.watched(name, version, model);
  }

  /** The challenger of a model, where it is of that version and up. */
  find(name: string, version: number): ServedModel | undefined {
    const served = this.#splits.get(name)?.challenger.served;
    return served?.version === version ? served : undefined;
  }

  /** Brings the split of a model to what the record of `live` says. A challenger that goes answers what it has accepted. */
  follow(name: string, record: AliasRecord | undefined): void {
    if (record) {
      if (record.sequence < (this.#seen.get(name) ?? 0)) return;
      this.#seen.set(name, record.sequence);
    }
    const split = this.#splits.get(name);
    const divided = isDivided(record) ? record : undefined;
    if (split && divided && isSame(split.record, divided)) split.record = divided;
    else {
      if (split) this.#end(name, split);
      if (divided) this.#begin(name, divided);
    }
    this.#count(name);
  }

  entries(name: string): IndexEntry[] {
    const challenger = this.#splits.get(name)?.challenger;
    if (!challenger) return [];
    const { served, begun, reason } = challenger;
    const state = served ? 'READY' : begun ? 'UNAVAILABLE' : 'LOADING';
    return [{ name, version: String(challenger.version), state, reason: served ? '' : reason }];
  }

  async close(): Promise<void> {
    for (const [name, split] of this.#splits) this.#end(name, split);
    await Promise.all(this.#ending);
  }

  #begin(name: string, record: Divided): void {
    const { challenger: version } = record;
    const challenger = new Challenger({
      name,
      version,
      isolate: this.#options.isolate,
      manifest: () => this.#options.manifest(name, version),
      watched: (model) => this.watched(name, version, model),
      onEvent: (event) => this.#told(name, challenger, event),
    });
    this.#splits.set(name, { challenger, record, counted: 0 });
  }

  #told(name: string, challenger: Challenger, event: ChallengerEvent): void {
    if (this.#splits.get(name)?.challenger === challenger) {
      this.#count(name);
      if (event.kind === 'lost') this.#options.counter.died(name);
    }
    this.#options.onEvent(name, challenger.version, event);
  }

  /** Both sides are counted over the same time: from when the challenger could answer, or was found not to. */
  #count(name: string): void {
    const split = this.#splits.get(name);
    if (!split || !split.challenger.begun) return;
    const { release, sequence, version: champion, challenger } = split.record;
    if (release === undefined || split.counted === sequence) return;
    split.counted = sequence;
    const division = { release, sequence, champion, challenger };
    this.#options.counter.divided(name, division, {
      transferMs: split.challenger.transferMs,
      waiting: (version) => this.#waiting.agesMs(name, version),
    });
  }

  #end(name: string, { challenger }: Split): void {
    this.#splits.delete(name);
    this.#options.counter.undivided(name);
    const ending = challenger.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

const isDivided = (record: AliasRecord | undefined): record is Divided =>
  record?.challenger !== undefined && record.challenger !== record.version && (record.weight ?? 0) > 0;

/** Another release begins with a new process, also where it tries the same version. */
const isSame = (one: Divided, other: Divided): boolean =>
  one.challenger === other.challenger && one.release === other.release;
