import { invalid, type OnnwardError } from '#core/errors.ts';
import type { Rows } from '#core/explanation/ask.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Cell } from '#core/monitoring/capture/captured.ts';
import type { ServedModel } from '#serving/host.ts';
import type { Codec } from './codec.ts';
import { valuesOf } from './instances.ts';

/** Values of features, as many of each as there are rows. */
export type BackgroundFeatures = readonly { readonly name: string; readonly values: readonly Cell[] }[];

/** Draws rows of a version's baseline; undefined where it has none. */
export type Backgrounds = (manifest: Manifest) => Promise<BackgroundFeatures | undefined>;

/** What a row is compared with, and where it is from. */
export interface Background extends Rows {
  readonly source: 'request' | 'baseline';
}

/** Rows that came with the request, else the baseline's. Throws `explain.no_background`, `explain.row`. */
export async function backgroundOf(
  { name, version, manifest }: Pick<ServedModel, 'name' | 'version' | 'manifest'>,
  codec: Codec,
  given: readonly unknown[] | undefined,
  backgrounds: Backgrounds | undefined,
): Promise<Background> {
  if (given) {
    const rows = given.map((row, index) => {
      const where = `background row ${index}`;
      return codec.encode(valuesOf(row, codec.features, where), where);
    });
    return { ...joined(rows), source: 'request' };
  }
  const found = await backgrounds?.(manifest);
  if (!found) throw none(`version ${version} of '${name}' has no baseline`);
  return { ...fromBaseline(found, codec), source: 'baseline' };
}

function joined(rows: readonly Float64Array[]): Rows {
  const width = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * width);
  for (const [index, row] of rows.entries()) data.set(row, index * width);
  return { data, count: rows.length };
}

function fromBaseline(found: BackgroundFeatures, codec: Codec): Rows {
  const { names } = codec.features;
  const byName = new Map(found.map(({ name, values }) => [name, values]));
  const columns = names.map((name) => {
    const values = byName.get(name);
    if (values === undefined || values.length === 0) throw none(`the baseline knows nothing of feature "${name}"`);
    return values;
  });
  const count = Math.min(...columns.map(({ length }) => length));
  const width = names.length;
  const data = new Float64Array(count * width);
  for (const [feature, values] of columns.entries()) {
    for (let row = 0; row < count; row++) {
      const value = codec.numberIn(feature, values[row]);
      // Of a feature with very many categories, and of a hashed one, the baseline holds no values.
      if (value === undefined) throw none(`the baseline holds no values of feature "${names[feature]}"`);
      data[row * width + feature] = value;
    }
  }
  return { data, count };
}

const none = (why: string): OnnwardError =>
  invalid('explain.no_background', `there is nothing to compare a row with: ${why}`, {
    fix: "Send rows in 'parameters.background', or register the model with `--baseline FILE`.",
  });
