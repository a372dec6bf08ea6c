import { readDocument as read, writeOnce } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { documentKey } from '../keys.ts';
import type { Release } from '../release.ts';
import { readDocument } from '../store.ts';
import { waitsOf } from '../waits.ts';
import type { CanaryDocument, LookDocument, StepBegan, StepEnded } from './documents.ts';

/** What is recorded of a step. */
export interface StepRecords {
  readonly began?: StepBegan;
  /** In order. */
  readonly looks: readonly LookDocument[];
  readonly ended?: StepEnded;
  /** What a person has said of the hold that it ended in. @default - nobody was asked, or nobody has answered */
  readonly decision?: 'approve' | 'reject';
  /** Of the decision. */
  readonly reason?: string;
}

/** Everything that is recorded of a canary. */
export interface CanaryRecords {
  /** @default - it has not begun */
  readonly began?: CanaryDocument;
  readonly steps: readonly StepRecords[];
}

/** The state of a step that people are asked about: the `of` of its wait. */
export const holdOf = (step: number): string => `canary-${step}`;

const stepKey = (release: string, step: number, name: string): string => documentKey(release, `canary/${step}/${name}`);

/** Throws `store.corrupt`. */
export async function readCanary(
  store: ObjectStore,
  { release, options }: Pick<Release, 'release' | 'options'>,
): Promise<CanaryRecords> {
  const began = await readDocument(store, release, 'canary');
  if (!began) return { steps: [] };
  const waits = await waitsOf({ store }, release);
  const steps: StepRecords[] = [];
  for (const step of (options.canary ?? []).keys()) {
    const decision = waits.find(({ wait }) => wait.of === holdOf(step))?.decision;
    const { decision: said, reason } = decision ?? {};
    const records = await readStep(store, release, step);
    if (!records.began) break;
    steps.push({ ...records, ...(said && { decision: said }), ...(reason !== undefined && { reason }) });
  }
  return { began, steps };
}

async function readStep(store: ObjectStore, release: string, step: number): Promise<StepRecords> {
  const [began, ended] = await Promise.all([
    read<StepBegan>(store, stepKey(release, step, 'began')),
    read<StepEnded>(store, stepKey(release, step, 'ended')),
  ]);
  const looks = began ? await readLooks(store, release, step) : [];
  return { looks, ...(began && { began }), ...(ended && { ended }) };
}

async function readLooks(store: ObjectStore, release: string, step: number): Promise<LookDocument[]> {
  const looks: LookDocument[] = [];
  for (;;) {
    const look = await read<LookDocument>(store, stepKey(release, step, `looks/${looks.length + 1}`));
    if (!look) return looks;
    looks.push(look);
  }
}

/** All three are written once, and the first one stands. */
export const writeBegan = (store: ObjectStore, release: string, step: number, began: StepBegan): Promise<StepBegan> =>
  writeOnce(store, stepKey(release, step, 'began'), began);

export const writeLook = (
  store: ObjectStore,
  release: string,
  step: number,
  look: LookDocument,
): Promise<LookDocument> => writeOnce(store, stepKey(release, step, `looks/${look.number}`), look);

export const writeEnded = (store: ObjectStore, release: string, step: number, ended: StepEnded): Promise<StepEnded> =>
  writeOnce(store, stepKey(release, step, 'ended'), ended);
