import type { Manifest } from '../../model/manifest.ts';
import type { Registry } from '../../registry/registry.ts';
import type { EvaluationOptions } from '../options.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';

/** What it takes to evaluate; `store` is where rows and receipts go. */
export type EvaluationWorld = Pick<ReleaseWorld, 'store' | 'formats' | 'inputs' | 'model' | 'now' | 'concurrency'>;

/** Versions, and the rows that they are judged on. */
export interface Evaluation {
  /** Of the release: names where everything of it lies. */
  readonly id: string;
  readonly challenger: Manifest;
  /** @default - there is none, or it is the very same version */
  readonly champion?: Manifest;
  readonly options: EvaluationOptions;
  /** The champion is left out where the rows do not fit it; else that is an error. */
  readonly allowBreaking: boolean;
}

/** Undefined where the release says nothing of an evaluation. Throws what the registry throws. */
export async function evaluationOf(
  { registry }: { readonly registry: Pick<Registry, 'manifest'> },
  { release, model, version, champion, options, allowBreaking }: Release,
): Promise<Evaluation | undefined> {
  if (!options.evaluation) return undefined;
  const challenger = await registry.manifest(model, version);
  const other = champion === undefined || champion === version ? undefined : await registry.manifest(model, champion);
  return { id: release, challenger, ...(other && { champion: other }), options: options.evaluation, allowBreaking };
}
