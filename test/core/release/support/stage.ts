import { readDefinition } from '#adapters/local/workflow/definition.ts';
import type { Machine } from '#adapters/local/workflow/machine.ts';
import { readList } from '#adapters/local/workflow/read-list.ts';
import { type Outcome, runWorkflow } from '#adapters/local/workflow/run.ts';
import { named } from '#core/named-error.ts';
import type { ReleaseRequest, TaskAnswer, TaskEvent } from '#core/release/events.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { runTask } from '#core/release/tasks.ts';
import type { ReleaseNews, ReleaseWorld } from '#core/release/world.ts';
import { Registry } from '#core/registry/registry.ts';
import type { ObjectStore, Target } from '#core/ports.ts';
import { type Behaviour, SimulatedTraffic } from '../../../support/traffic.ts';
import { fixtureFile, newPlace } from '../evaluation/support/place.ts';
import { fileURLToPath } from 'node:url';

const HELD_OUT = fileURLToPath(new URL('../../../fixtures/release/heldout.csv', import.meta.url));

/** Gates that `better` passes and `worse` does not, and one short step of a canary. */
export const OPTIONS: ReleaseOptions = {
  evaluation: { data: `file:${HELD_OUT}`, label: 'digit', drop: ['half'] },
  gates: [
    { gate: 'atLeast', metric: 'accuracy', value: 0.85 },
    { gate: 'nonInferior', metric: 'accuracy', margin: 0.03 },
  ],
  canary: [{ weight: 50, bake: '20s' }],
  judge: { minimumRequests: 400 },
};

/** Models of the release stories, as versions 1, 2, … of `digits`. */
const MODELS = ['champion', 'better', 'equal', 'worse'] as const;
export const VERSION = { champion: 1, better: 2, equal: 3, worse: 4 } as const;

/** The live champion, in its own words. */
export const CHAMPION: Target = { version: 1, id: 'first' };

/** A stage with four versions of digits, of which the first is live, traffic in memory, and a clock that bakes move. */
export interface Stage {
  readonly world: ReleaseWorld;
  readonly traffic: SimulatedTraffic;
  readonly news: ReleaseNews[];
  /** Seconds by which the clock goes on. */
  readonly pass: (seconds: number) => void;
  /** The same world on another store or other traffic. */
  readonly on: (change: Partial<ReleaseWorld>) => ReleaseWorld;
}

export interface StageOptions {
  readonly options?: ReleaseOptions;
  /** By `Target.id`; the challenger of the first release is `digits-r1-VERSION`. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** @default - the champion is */
  readonly live?: Target | null;
}

export async function newStage({
  options = OPTIONS,
  behaviours = {},
  live = CHAMPION,
}: StageOptions = {}): Promise<Stage> {
  let now = Date.parse('2026-11-22T00:00:00.000Z');
  const clock = (): number => now++;
  const place = await newPlace();
  for (const name of MODELS) await place.register('digits', fixtureFile(`release/${name}`));
  const registry = new Registry(place.world.store, { clock, actor: 'stage' });
  const traffic = new SimulatedTraffic({ clock: () => now, rate: 60, behaviours, ...(live && { live }) });
  if (live) await registry.setReleased('digits', 'live', { version: live.version, target: live.id });
  const news: ReleaseNews[] = [];
  const world: ReleaseWorld = {
    ...place.world,
    registry,
    clock,
    now: () => performance.now(),
    traffic: () => traffic,
    optionsOf: () => options,
    customGate: () => Promise.reject(new Error('there is none')),
    recorded: async function* () {},
    notify: async (told) => void news.push(told),
  };
  return {
    world,
    traffic,
    news,
    pass: (seconds) => void (now += seconds * 1000),
    on: (change) => ({ ...world, ...change }),
  };
}

/** The store of a world with a registry on it: both fail alike. */
export const worldOn = (world: ReleaseWorld, store: ObjectStore): Partial<ReleaseWorld> => ({
  store,
  registry: new Registry(store, { clock: world.clock, actor: 'stage' }),
});

/** Runs the workflow's own file; a bake passes at once, by the clock. */
export async function run(
  world: ReleaseWorld,
  pass: (seconds: number) => void,
  input: ReleaseRequest,
  onTask: (event: TaskEvent) => void | Promise<void> = () => undefined,
): Promise<Outcome> {
  const releaseFunction = async (event: unknown): Promise<unknown> => {
    await onTask(event as TaskEvent);
    const answer = (await runTask(world, event as TaskEvent).catch((error: unknown) => {
      throw named(error);
    })) as TaskAnswer;
    if (answer.next === 'bake') pass(answer.seconds ?? 0);
    return answer;
  };
  return runWorkflow(withoutWaits(await readDefinition('release/release.asl.json')), {
    name: `execution-${count++}`,
    input,
    functions: { releaseFunction },
    readList,
  });
}

let count = 0;

/** And without retries, which are the workflow's own test. */
function withoutWaits(machine: Machine): Machine {
  const states = Object.entries(machine.States).map(([name, { Retry: _retry, SecondsPath: _path, ...state }]) => [
    name,
    state.Type === 'Wait' ? { ...state, Type: 'Pass' } : state,
  ]);
  return { ...machine, States: Object.fromEntries(states) as Machine['States'] };
}
