/** Rows as chance would give them, and what is kept of them. */
import type { Random } from '#core/evaluation/statistics/random.ts';
import type { FeatureProfile, Profile } from '#core/monitoring/profile/profile.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';
import { FEATURES, type Simulated } from './features.ts';

/** Values by feature; categories are numbered. */
export type Columns = readonly Float64Array[];

export interface Drawing {
  readonly rows: number;
  /** By the feature's name. @default - nothing is shifted */
  readonly shifts?: Readonly<Record<string, number>>;
  /** Of any two features' normal numbers. @default 0 */
  readonly correlation?: number;
}

export function drawColumns(random: Random, { rows, shifts = {}, correlation = 0 }: Drawing): Columns {
  const [own, shared] = [Math.sqrt(1 - correlation), Math.sqrt(correlation)];
  const common = correlation === 0 ? new Float64Array(rows) : normals(random, rows);
  return FEATURES.map((feature) => {
    const value = feature.of(shifts[feature.name] ?? 0);
    return normals(random, rows).map((z, row) => value(own * z + shared * common[row]!));
  });
}

/** By pairs (Box and Muller 1958). */
function normals(random: Random, count: number): Float64Array {
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    values[index] = radius * Math.cos(angle);
    if (index + 1 < count) values[index + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** As monitoring makes it of captured rows. */
export function profileOf(columns: Columns, source: string): Profile {
  const hashes = rowHashes(source, 0, columns[0]!.length);
  return { rows: hashes.length, features: columns.map((column, index) => sketched(FEATURES[index]!, column, hashes)) };
}

function sketched({ name, kind }: Simulated, data: Float64Array, hashes: Uint32Array): FeatureProfile {
  const feature = { name, role: 'input' } as const;
  if (kind === 'number') {
    const sketch = new NumberSketch(featureSeed('input', name));
    sketch.add({ data, offset: 0, stride: 1 }, hashes);
    return { ...feature, kind, sketch };
  }
  const counts: number[] = [];
  for (const place of data) counts[place] = (counts[place] ?? 0) + 1;
  const sketch = new CategorySketch();
  counts.forEach((count, place) => sketch.addText(`c${place}`, count));
  return { ...feature, kind, sketch };
}
