import type { ArgsDef } from 'citty';
import type { BatchRequest } from '#core/batch/events.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { usageError } from './arguments.ts';
import { type Driven, driveHere, type DriveOptions } from './batch-drive.ts';
import { type Driving, drivingHere } from './batch-driving.ts';
import { actor, openWorkplace } from './registry.ts';

/** Of the commands that score here or in a stage. */
export const PLACE = {
  stage: { type: 'string', valueHint: 'NAME', description: 'Score in AWS, in this stage (default: on this machine)' },
} as const satisfies ArgsDef;

/** Where batches are scored, and what is known of them. */
export interface BatchPlace {
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** What a command needs more to look for a job there: ` --stage NAME`, or nothing. */
  readonly where: string;
  /** Who asks; it is kept. */
  readonly actor: string;
  /** Says what is planned, shows how it goes, and comes back when it has ended. Throws `batch.interrupted` at a Ctrl-C. */
  score(request: BatchRequest, options: DriveOptions): Promise<Driven>;
  /** Whether the execution that drives a job goes on. Throws `aws.*`. */
  driving(execution: string): Promise<Driving>;
}

interface PlaceArguments {
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openPlace(args: PlaceArguments): Promise<BatchPlace> {
  if (args.stage !== undefined) return openStage(args.stage, args.store);
  const workplace = await openWorkplace(args);
  const { store, registry } = workplace;
  return {
    store,
    registry,
    where: '',
    actor: actor(),
    score: (request, options) => driveHere(workplace, request, options),
    driving: async (execution) => drivingHere(execution),
  };
}

async function openStage(stage: string, store: string | undefined): Promise<BatchPlace> {
  if (store !== undefined) {
    throw usageError('either', '--stage and --store both say where jobs are.', 'Give one of them.');
  }
  const { drivingInStage, findBatch, startInStage } = await import('./batch-stage.ts');
  const found = await findBatch(stage);
  const registry = new Registry(found.store, { clock: Date.now, actor: found.actor });
  return {
    store: found.store,
    registry,
    where: ` --stage ${stage}`,
    actor: found.actor,
    async score(request, { json, onQueue }) {
      const { job, answer, goesOn } = onQueue
        ? await (await import('./batch-queue.ts')).scoreOnQueue(found, request, json)
        : await startInStage(found, request, json);
      if (goesOn) throw left(stage, job);
      if (job !== undefined) return { job, answer };
      throw new OnnwardError(`Stage ${stage} found nothing to score.`, { code: 'batch.no_input', kind: 'invalid' });
    },
    driving: (execution) => drivingInStage(found, execution),
  };
}

const left = (stage: string, job: string | undefined): OnnwardError =>
  new OnnwardError('You look no longer, and the job goes on in AWS.', {
    code: 'batch.interrupted',
    kind: 'unavailable',
    fix: `Run \`onnward batches ${job === undefined ? '' : `show ${job} `}--stage ${stage}\` to look again.`,
    fields: { stage, job },
  });
