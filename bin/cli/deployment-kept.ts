import { modelsOf, type StageAtHand } from './deployment.ts';

/** What outlives a stage: its registry. */
export interface Kept {
  /** `s3://…` */
  readonly store: string;
  readonly models: number;
  readonly versions: number;
}

/** Counts what is in the stage's registry; undefined where there is none. */
export async function keptOf(at: StageAtHand): Promise<Kept | undefined> {
  const names = await modelsOf(at);
  if (!names) return undefined;
  let versions = 0;
  for (const name of names) versions += (await at.registry.versions(name)).length;
  return { store: at.storeUrl, models: names.length, versions };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `s3://… with 2 models, 5 versions` */
export const describeKept = ({ store, models, versions }: Kept): string =>
  `${store} with ${counted(models, 'model')}, ${counted(versions, 'version')}, and their history`;
