import { createHash } from 'node:crypto';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { baselineKey } from '#core/monitoring/keys.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import { encodeProfile } from '#core/monitoring/profile/encode.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { ObjectStore } from '#core/ports.ts';
import { floats } from '../../support/models.ts';

/** Puts the profile of rows of one input of floats into a store; what the manifest of `model` says of it. */
export async function putBaseline(
  store: Pick<ObjectStore, 'put'>,
  model: string,
  input: TensorSpec,
  columns: readonly string[],
  rows: readonly (readonly number[])[],
) {
  const signature = { inputs: [input], outputs: [] };
  const builder = new ProfileBuilder(featurePlan({ signature, columns: { [input.name]: columns } }));
  const inputs = [floats([rows.length, columns.length], rows.flat())];
  builder.addTensors({ inputs, outputs: [], rows: rows.length, source: 'rows.csv', firstRow: 0 });
  const bytes = encodeProfile(builder.profile());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = baselineKey(model, sha256);
  await store.put(key, bytes);
  return { key, sha256, size: bytes.length, rows: rows.length, columns: { [input.name]: [...columns] } };
}
