import type { Manifest } from '../../model/manifest.ts';
import type { ObjectStore } from '../../ports.ts';
import { sha256 } from '../../registry/document.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import { baselineKey } from '../keys.ts';
import { encodeProfile } from '../profile/encode.ts';
import type { Profile } from '../profile/profile.ts';

/** What a manifest says of the profile of the rows that a version was trained on. */
export type BaselineProfile = NonNullable<NonNullable<Manifest['baseline']>['profile']>;

type More = Partial<Omit<BaselineProfile, 'key' | 'sha256' | 'size' | 'rows'>>;

/** Writes it by the hash of what it is: the same profile is there once, whoever has made it. */
export async function writeBaseline(
  store: ObjectStore,
  model: string,
  profile: Profile,
  more: More,
): Promise<BaselineProfile> {
  const bytes = encodeProfile(profile);
  const hash = sha256(bytes);
  const key = baselineKey(model, hash);
  try {
    await store.put(key, bytes, { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
  return { key, sha256: hash, size: bytes.length, rows: profile.rows, ...more };
}
