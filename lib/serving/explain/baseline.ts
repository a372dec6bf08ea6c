import type { Manifest } from '#core/model/manifest.ts';
import { readBaseline } from '#core/monitoring/baseline/read-baseline.ts';
import { backgroundOf } from '#core/monitoring/profile/background.ts';
import type { ObjectReader } from '#core/ports.ts';
import type { BackgroundFeatures, Backgrounds } from './background.ts';

/** Rows that are drawn of a baseline, the same each time. */
const ROWS = 100;
const SEED = 1;

/** Versions whose rows are held. */
const MOST_HELD = 16;

/** Rows of the baselines of a store, each read when it is first asked for. */
export function baselineBackgrounds(store: Pick<ObjectReader, 'get'>): Backgrounds {
  const held = new Map<string, Promise<BackgroundFeatures | undefined>>();
  return (manifest) => {
    const sha256 = manifest.baseline?.profile?.sha256;
    if (sha256 === undefined) return Promise.resolve(undefined);
    const known = held.get(sha256);
    if (known) return known;
    const rows = rowsOf(store, manifest);
    held.set(sha256, rows);
    for (const oldest of [...held.keys()].slice(0, -MOST_HELD)) held.delete(oldest);
    // What could not be read is read again.
    rows.catch(() => held.delete(sha256));
    return rows;
  };
}

async function rowsOf(store: Pick<ObjectReader, 'get'>, manifest: Manifest): Promise<BackgroundFeatures | undefined> {
  const baseline = await readBaseline(store, manifest);
  return baseline && backgroundOf(baseline.profile, ROWS, SEED);
}
