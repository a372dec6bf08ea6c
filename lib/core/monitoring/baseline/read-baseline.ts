import { OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ObjectReader } from '../../ports.ts';
import { sha256 } from '../../registry/document.ts';
import { decodeProfile } from '../profile/decode.ts';
import type { Profile } from '../profile/profile.ts';
import type { BaselineProfile } from './write-baseline.ts';

/** What live rows are compared with. */
export interface Baseline {
  readonly profile: Profile;
  readonly said: BaselineProfile;
}

/** The profile of the rows that a version was trained on; undefined where it was registered without. Throws `baseline.corrupt`, `profile.*`. */
export async function readBaseline(
  store: Pick<ObjectReader, 'get'>,
  { name, version, baseline }: Pick<Manifest, 'name' | 'version' | 'baseline'>,
): Promise<Baseline | undefined> {
  const said = baseline?.profile;
  if (!said) return undefined;
  const stored = await store.get(said.key);
  if (stored && sha256(stored.bytes) === said.sha256) return { profile: decodeProfile(stored.bytes), said };
  const how = stored ? 'is not what it was when the version was registered' : 'is gone';
  throw new OnnwardError(`The baseline of ${name}:${version} ${how}: ${said.key}.`, {
    code: 'baseline.corrupt',
    kind: 'corrupt',
    fix: "Run 'onnward verify' to see what was touched; restore it, or register the model again with its baseline.",
    fields: { name, version, key: said.key },
  });
}
