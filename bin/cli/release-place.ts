import type { ArgsDef } from 'citty';
import type { LoadedConfig } from '#adapters/local/config.ts';
import type { GoOn, NewRelease } from '#core/release/events.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { usageError } from './arguments.ts';
import { actor, openWorkplace } from './registry.ts';
import { askHere, runHere } from './release-here.ts';

/** Of the commands that release here or in a stage. */
export const RELEASE_PLACE = {
  stage: { type: 'string', valueHint: 'NAME', description: 'In AWS, in this stage (default: on this machine)' },
} as const satisfies ArgsDef;

export interface RunOptions {
  readonly json: boolean;
  /** Shards of an evaluation at once, here. @default - one a core */
  readonly processes?: number | undefined;
}

/** What a person asks of a release that is there already. */
export type Ask =
  | {
      readonly task: 'decide';
      readonly release: string;
      readonly decision: 'approve' | 'reject';
      readonly actor: string;
      readonly reason: string;
    }
  | { readonly task: 'abort'; readonly release: string; readonly actor: string; readonly reason: string }
  | {
      readonly task: 'rollback';
      readonly model: string;
      readonly actor: string;
      readonly reason: string;
      /** That is to be live until then. @default - any */
      readonly version?: number;
    };

/** Where releases run, and what is known of them. */
export interface ReleasePlace extends LoadedConfig {
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** What a command needs more to look for a release there: ` --stage NAME`, or nothing. */
  readonly where: string;
  /** Who asks; it is kept. */
  readonly actor: string;
  /**
   * Runs the workflow until it has ended or waits for a person; gives the release, or undefined where there was nothing to do.
   * Throws `release.interrupted` at a Ctrl-C, and by its own code what refused it.
   */
  run(request: NewRelease | GoOn, options: RunOptions): Promise<string | undefined>;
  /** What the function answers. Throws by its own code what it throws. */
  ask(event: Ask): Promise<unknown>;
}

interface PlaceArguments {
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openReleasePlace(args: PlaceArguments): Promise<ReleasePlace> {
  if (args.stage !== undefined) return openStage(args.stage, args.store);
  const workplace = await openWorkplace(args);
  return {
    ...workplace,
    where: '',
    actor: actor(),
    run: (request, options) => runHere(workplace, request, options),
    ask: (event) => askHere(workplace, event),
  };
}

async function openStage(stage: string, store: string | undefined): Promise<ReleasePlace> {
  if (store !== undefined) {
    throw usageError('either', '--stage and --store both say where releases are.', 'Give one of them.');
  }
  const { askStage, findReleases, runInStage } = await import('./release-stage.ts');
  const found = await findReleases(stage);
  return {
    ...found.loaded,
    store: found.store,
    registry: new Registry(found.store, { clock: Date.now, actor: found.actor }),
    where: ` --stage ${stage}`,
    actor: found.actor,
    run: (request, options) => runInStage(found, request, options),
    ask: (event) => askStage(found, event),
  };
}
