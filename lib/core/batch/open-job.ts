import type { Manifest } from '../model/manifest.ts';
import type { RowLayout } from '../scoring/layout.ts';
import { readDocument } from '../documents.ts';
import { planKey } from './keys.ts';
import { noJob } from './no-job.ts';
import type { BatchPlan } from './plan.ts';
import { layoutOfInput } from './survey.ts';
import type { BatchWorld } from './world.ts';

/** What every shard of a job needs. */
export interface OpenJob {
  readonly plan: BatchPlan;
  readonly manifest: Manifest;
  /** By input. */
  readonly layouts: readonly RowLayout[];
}

/** The job that each world has scored last: neither a plan nor a version ever changes. */
const opened = new WeakMap<BatchWorld, OpenJob>();

/** Throws `batch.no_job`, and what the registry throws. */
export async function openJob(world: BatchWorld, job: string): Promise<OpenJob> {
  const last = opened.get(world);
  if (last?.plan.job === job) return last;
  const plan = await readDocument<BatchPlan>(world.store, planKey(job));
  if (!plan) throw noJob(job);
  const manifest = await world.registry.manifest(plan.model.name, plan.model.version);
  const layouts = plan.inputs.map((input) => layoutOfInput(input, manifest, plan.options));
  const open = { plan, manifest, layouts };
  opened.set(world, open);
  return open;
}
