import { createHash } from 'node:crypto';
import { draft } from '../../../../support/versions.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import { type Behaviour, SimulatedTraffic, type SimulatedTrafficOptions } from '../../../../support/traffic.ts';
import type { ObjectStore, Target } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { VersionDraft } from '#core/registry/versions.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { Release } from '#core/release/release.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { writeDocument } from '#core/release/store.ts';
import type { ReleaseWorld } from '#core/release/world.ts';

export const CHAMPION: Target = { version: 1, id: 'function-1' };
export const CHALLENGER: Target = { version: 2, id: 'function-2' };
export const RELEASE = 'model-r1';

/** When all of it begins: ms since 1970. */
export const BEGIN = Date.parse('2026-03-01T12:00:00.000Z');

export interface PlaceOptions extends Pick<SimulatedTrafficOptions, 'rate' | 'seed' | 'lagSeconds'> {
  readonly options?: ReleaseOptions;
  readonly champion?: Behaviour;
  readonly challenger?: Behaviour;
  /** Nothing is live. @default false */
  readonly first?: boolean;
  /** Of both versions. */
  readonly draft?: Partial<VersionDraft>;
  readonly release?: Partial<Release>;
  readonly recorded?: readonly RecordedRequest[];
}

/** A release whose challenger is published, in memory, with a clock that the test moves. */
export async function newPlace(asked: PlaceOptions = {}) {
  const time = { now: BEGIN };
  const clock = () => time.now;
  const store = new MemoryStore();
  const registry = new Registry(store, { clock, actor: 'test' });
  await registry.register('model', draft('one', asked.draft));
  await registry.register('model', draft('two', asked.draft));
  const { rate, seed, lagSeconds, first } = asked;
  const traffic = new SimulatedTraffic({
    clock,
    ...(rate !== undefined && { rate }),
    ...(seed !== undefined && { seed }),
    ...(lagSeconds !== undefined && { lagSeconds }),
    ...(!first && { live: CHAMPION }),
    behaviours: { [CHAMPION.id]: asked.champion ?? {}, [CHALLENGER.id]: asked.challenger ?? {} },
  });
  const release = releaseWith(asked.options ?? {}, asked.release);
  await writeDocument(store, RELEASE, 'request', release);
  await writeDocument(store, RELEASE, 'publish', { target: CHALLENGER, ...(!first && { champion: CHAMPION }) });
  const worldOn = (over: ObjectStore): ReleaseWorld => worldOf(over, clock, traffic, asked.recorded ?? []);
  return { store, registry, traffic, release, time, world: worldOn(store), worldOn };
}

export type Place = Awaited<ReturnType<typeof newPlace>>;

const releaseWith = (options: ReleaseOptions, more: Partial<Release> = {}): Release => ({
  format: 1,
  release: RELEASE,
  execution: 'test',
  model: 'model',
  version: 2,
  manifest: createHash('sha256').update('two').digest('hex'),
  champion: 1,
  options,
  allowBreaking: false,
  trigger: 'command',
  actor: 'test',
  at: new Date(BEGIN).toISOString(),
  ...more,
});

const notAsked = (): never => {
  throw new Error('nobody asks for this in a canary');
};

function worldOf(
  store: ObjectStore,
  clock: () => number,
  traffic: SimulatedTraffic,
  recorded: readonly RecordedRequest[],
): ReleaseWorld {
  return {
    store,
    registry: new Registry(store, { clock, actor: 'test' }),
    clock,
    now: clock,
    formats: undefined as never,
    inputs: notAsked,
    model: notAsked,
    concurrency: 1,
    traffic: () => traffic,
    optionsOf: notAsked,
    customGate: notAsked,
    recorded: async function* () {
      yield* recorded;
    },
    notify: async () => {},
  };
}
