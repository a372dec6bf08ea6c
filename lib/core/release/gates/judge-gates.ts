import { loadEvidence } from '../evaluation/load-evidence.ts';
import type { Evidence } from '../evaluation/report.ts';
import type { GatesDocument } from '../documents.ts';
import type { Release } from '../release.ts';
import { type GateResult, verdictOf } from '../result.ts';
import { documentOf } from '../store.ts';
import type { ReleaseWorld } from '../world.ts';
import { type Answer, inconclusive } from './answer.ts';
import { custom, CUSTOM_GATE_LIMIT_MS } from './custom.ts';
import { isComparative } from './kinds.ts';
import { nameOf } from './name.ts';
import { onEvidence } from './on-evidence.ts';
import type { GateOptions } from './options.ts';
import { notLarger, type Sizes, sizeBelow } from './size.ts';

/** What all gates of a release stand on. */
interface Case {
  readonly world: ReleaseWorld;
  readonly release: Release;
  /** @default - no evaluation is configured */
  readonly evidence: Evidence | undefined;
  readonly sizes: Sizes;
  readonly limitMs: number;
}

/**
 * Asks every gate, and records what they say together. A gate that throws, or a custom one that is not done in `limitMs`, is
 * inconclusive and says why. Throws where the evidence itself cannot be read.
 */
export const judgeGates = (
  world: ReleaseWorld,
  release: Release,
  limitMs: number = CUSTOM_GATE_LIMIT_MS,
): Promise<GatesDocument> =>
  documentOf(world.store, release.release, 'gates', async () => {
    const evidence = release.options.evaluation && (await loadEvidence(world, release));
    const sizes = evidence ? sizesIn(evidence) : await registeredSizes(world, release);
    const results: GateResult[] = [];
    for (const gate of release.options.gates ?? []) {
      const answer = await answerOf(gate, { world, release, evidence, sizes, limitMs });
      results.push({ name: nameOf(gate), ...answer });
    }
    return { verdict: verdictOf(results), results };
  });

async function answerOf(gate: GateOptions, of: Case): Promise<Answer> {
  try {
    return await ask(gate, of);
  } catch (error) {
    return inconclusive(`It could not be judged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const NO_EVALUATION = inconclusive(
  'There are no held-out rows to judge it on: the configuration of the model has no `evaluation: { data, label }`.',
);

const NOT_COMPARED = inconclusive(
  'These rows say nothing of the live version, such as where its inputs are others: there is nothing to compare with.',
);

/** Another version is live, and the evaluation could not ask it. */
const lacksChampion = (release: Release, { report }: Evidence): boolean =>
  subjectOf(release).champion !== undefined && report.champion === undefined;

async function ask(gate: GateOptions, of: Case): Promise<Answer> {
  switch (gate.gate) {
    case 'custom':
      return custom(gate, { ...subjectOf(of.release), report: of.evidence?.report }, of.world, of.limitMs);
    case 'sizeBelow':
      return sizeBelow(gate, of.sizes);
    case 'notLarger':
      return notLarger(gate, of.sizes);
    default:
      if (!of.evidence) return NO_EVALUATION;
      return isComparative(gate) && lacksChampion(of.release, of.evidence)
        ? NOT_COMPARED
        : onEvidence(gate, of.evidence);
  }
}

/** A redeployed version is its own champion, and there is nothing to compare. */
const subjectOf = ({ release, model, version, champion }: Release) => ({
  release,
  model,
  version,
  ...(champion !== undefined && champion !== version && { champion }),
});

const sizesIn = ({ report: { challenger, champion } }: Evidence): Sizes => ({
  challenger: challenger.size,
  ...(champion && { champion: champion.size }),
});

async function registeredSizes({ registry }: ReleaseWorld, release: Release): Promise<Sizes> {
  const { model, version, champion } = subjectOf(release);
  const sizeOf = async (of: number): Promise<number> =>
    (await registry.manifest(model, of)).files.reduce((sum, { size }) => sum + size, 0);
  return { challenger: await sizeOf(version), ...(champion !== undefined && { champion: await sizeOf(champion) }) };
}
