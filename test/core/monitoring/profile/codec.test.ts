import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import { decodeProfile } from '#core/monitoring/profile/decode.ts';
import { checkOf, encodeProfile, FORMAT, MAGIC } from '#core/monitoring/profile/encode.ts';
import { mergeProfiles } from '#core/monitoring/profile/merge.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';
import { PLAN, profileOf } from './scene.ts';

/** With all that there may be: values that are not finite, many categories, residuals. */
function richProfile(): Profile {
  const sketch = new NumberSketch(featureSeed('hidden', 'h'));
  sketch.add(
    { data: Float64Array.of(NaN, Infinity, -Infinity, -1e300, 1e-300, 5), offset: 0, stride: 1 },
    rowHashes('s', 0, 6),
  );
  const categories = new CategorySketch();
  for (let i = 0; i < 2000; i++) categories.addText(`${i}`);
  const residuals = new NumberSketch(featureSeed('truth', 'residual'));
  residuals.add({ data: Float64Array.of(1, 2), offset: 0, stride: 1 }, rowHashes('s', 0, 2));
  return {
    rows: 6,
    features: [
      { name: 'h', role: 'hidden', kind: 'number', sketch },
      { name: 'c', role: 'input', kind: 'category', sketch: categories },
    ],
    truth: { kind: 'values', rows: 2, residuals },
  };
}

const PROFILES = [new ProfileBuilder(PLAN).profile(), profileOf(40), profileOf(5000), richProfile()];
const HEAD = MAGIC.length + 2;

/** The body with a head that fits it. */
const stamped = (body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(MAGIC), Buffer.of(FORMAT, 0), checkOf(body), body]);

const bodyOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.subarray(HEAD + 8));

describe('an encoded profile', () => {
  it('comes back as it was, to the bit', () => {
    for (const profile of PROFILES) {
      const bytes = encodeProfile(profile);
      const back = decodeProfile(bytes);
      expect(Buffer.from(encodeProfile(back)).equals(bytes)).toBe(true);
      expect(back.features.map(({ sketch }) => sketch.rows)).toEqual(profile.features.map(({ sketch }) => sketch.rows));
    }
  });

  it('can be put together with others as what it was made of', () => {
    const [one, other] = [profileOf(6000), profileOf(5000, 2, 'other')];
    const back = [one, other].map((profile) => decodeProfile(encodeProfile(profile)));
    expect(Buffer.from(encodeProfile(mergeProfiles(back))).equals(encodeProfile(mergeProfiles([one, other])))).toBe(
      true,
    );
    const rich = mergeProfiles([richProfile(), decodeProfile(encodeProfile(richProfile()))]);
    expect(Buffer.from(encodeProfile(rich)).equals(encodeProfile(mergeProfiles([richProfile(), richProfile()])))).toBe(
      true,
    );
  });

  it('takes 64 KB a feature at most', () => {
    const large = profileOf(20_000);
    expect(encodeProfile(large).length).toBeLessThanOrEqual(large.features.length * 65_536);
  });
});

describe('bytes that are no profile', () => {
  it('are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeProfile(bytes)).toThrow(expect.objectContaining({ code: 'profile.corrupt' }));
      }),
    );
  });

  it('are refused where a single one has changed', () => {
    const bytes = encodeProfile(profileOf(40));
    for (let at = 0; at < bytes.length; at += 13) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      const code = at >= MAGIC.length && at < HEAD ? 'profile.newer' : 'profile.corrupt';
      expect(() => decodeProfile(changed)).toThrow(expect.objectContaining({ code }));
    }
  });

  it('are refused, or are what they would be written as, where somebody has made them fit', () => {
    const bodies = PROFILES.map((profile) => bodyOf(encodeProfile(profile)));
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(), { freq: 4 }),
        (body, changes, cut) => {
          const hostile = Buffer.from(body.subarray(0, cut === null ? body.length : cut % body.length));
          // Most of the structure is at the beginning.
          for (const [at, byte] of changes)
            hostile[at % Math.min(hostile.length || 1, at % 2 ? 300 : hostile.length || 1)] = byte;
          let profile: Profile | undefined;
          try {
            profile = decodeProfile(stamped(hostile));
          } catch (error) {
            expect(error).toMatchObject({ code: 'profile.corrupt' });
            return;
          }
          read++;
          expect(bodyOf(encodeProfile(profile)).equals(hostile)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('take no memory for what they only say they have', () => {
    const body = Buffer.alloc(64);
    body.writeDoubleLE(1, 0);
    body.writeUInt32LE(0xffff_ffff, 8);
    expect(() => decodeProfile(stamped(body))).toThrow('it ends too early');
  });

  it('of a later format are said to be', () => {
    const bytes = encodeProfile(profileOf(1));
    bytes[MAGIC.length] = FORMAT + 1;
    expect(() => decodeProfile(bytes)).toThrow(expect.objectContaining({ code: 'profile.newer' }));
  });
});
