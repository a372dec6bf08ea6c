import type { Manifest } from '../../model/manifest.ts';
import type { EndDocument } from '../documents.ts';
import type { EvaluationReport } from '../evaluation/report.ts';
import { documentKey } from '../keys.ts';
import { readDocument as read } from '../../documents.ts';
import type { Release } from '../release.ts';
import type { GateResult } from '../result.ts';
import { readDocument } from '../store.ts';
import { type Waited, waitsOf } from '../waits.ts';
import type { ReleaseWorld } from '../world.ts';

/** A part of the release whose rules have said something. */
export interface CardPart {
  readonly part: string;
  readonly results: readonly GateResult[];
}

/** All that is known of a version when its release has ended. Never a row of anybody's data. */
export interface ModelCard {
  readonly format: 1;
  readonly model: string;
  readonly version: number;
  readonly release: Release;
  readonly end: EndDocument;
  readonly manifest: Pick<Manifest, 'createdAt' | 'graph' | 'files' | 'signature' | 'provenance'> &
    Partial<Pick<Manifest, 'task' | 'labels' | 'metrics' | 'baseline'>>;
  /** @default - it did not come that far */
  readonly evaluation?: EvaluationReport;
  readonly parts: readonly CardPart[];
  readonly decisions: readonly Waited[];
}

/** Puts together what the states of a release have recorded. */
export async function cardOf(world: ReleaseWorld, release: Release, end: EndDocument): Promise<ModelCard> {
  const { store, registry } = world;
  const { release: id, model, version } = release;
  const { createdAt, graph, files, signature, provenance, task, labels, metrics, baseline } = await registry.manifest(
    model,
    version,
  );
  const evaluation = await read<EvaluationReport>(store, documentKey(id, 'evaluation'));
  return {
    format: 1,
    model,
    version,
    release,
    end,
    manifest: {
      createdAt,
      graph,
      files,
      signature,
      provenance,
      ...(task !== undefined && { task }),
      ...(labels && { labels }),
      ...(metrics && { metrics }),
      ...(baseline && { baseline }),
    },
    ...(evaluation && { evaluation }),
    parts: await partsOf(world, id),
    decisions: await waitsOf(world, id),
  };
}

/** Every document that holds results, in the order of the workflow. */
async function partsOf({ store }: ReleaseWorld, release: string): Promise<CardPart[]> {
  const [verify, gates, shadow] = await Promise.all([
    readDocument(store, release, 'verify'),
    readDocument(store, release, 'gates'),
    read<{ readonly results?: readonly GateResult[] }>(store, documentKey(release, 'shadow')),
  ]);
  const parts = [
    { part: 'Verification', results: verify?.results },
    { part: 'Gates', results: gates?.results },
    { part: 'Shadow', results: shadow?.results },
    ...(await canaryParts(store, release)),
  ];
  return parts.flatMap(({ part, results }) => (results && results.length > 0 ? [{ part, results }] : []));
}

async function canaryParts(store: ReleaseWorld['store'], release: string) {
  const parts: { part: string; results: readonly GateResult[] | undefined }[] = [];
  for await (const { key } of store.list(documentKey(release, 'canary/').replace(/\.json$/, ''))) {
    const [, step] = /\/canary\/(\d+)\/ended\.json$/.exec(key) ?? [];
    if (step === undefined) continue;
    const document = await read<{ readonly results?: readonly GateResult[] }>(store, key);
    parts.push({ part: `Canary, step ${Number(step) + 1}`, results: document?.results });
  }
  return parts;
}
