import { describe, expect, test } from 'vitest';
import { alikeOf, type LiveSide } from '#core/monitoring/baseline/alike.ts';
import type { BaselineProfile } from '#core/monitoring/baseline/write-baseline.ts';
import type { Redaction } from '#core/monitoring/capture/options.ts';
import { judgeDrift } from '#core/monitoring/drift/judge.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { Stage, WATCHED } from '../monitor/support/stage.ts';

const signature: Manifest['signature'] = {
  inputs: [
    { name: 'city', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'age', datatype: 'FP32', shape: [-1, 1] },
  ],
  outputs: [{ name: 'label', datatype: 'BYTES', shape: [-1] }],
  unserved: [],
};
const manifest = { name: 'loans', version: 3, signature } as Manifest;
const ROWS = 300;
const cities = ['Lyon', 'Paris', 'Nice'];

type Sensitive = Readonly<Record<string, Redaction>>;

function profileOf(sensitive: Sensitive): Profile {
  const texts = Array.from({ length: ROWS }, (_, row) => cities[row % 3] as string);
  const inputs: Tensor[] = [
    { datatype: 'BYTES', shape: [ROWS, 1], data: texts },
    { datatype: 'FP32', shape: [ROWS, 1], data: Float32Array.from({ length: ROWS }, (_, row) => row) },
  ];
  const outputs: Tensor[] = [{ datatype: 'BYTES', shape: [ROWS], data: texts }];
  const plan = featurePlan({ signature, sensitive });
  const builder = new ProfileBuilder(plan, { hash: (field, text) => `h:${field} ${text}` });
  builder.addTensors({ inputs, outputs, rows: ROWS, source: 's', firstRow: 0, truths: texts });
  return builder.profile();
}

function compared(redacted: Sensitive, side: LiveSide) {
  const said = { redacted, hashedWith: 1 } as unknown as BaselineProfile;
  const baseline = { profile: profileOf(redacted), said };
  const { why, ...alike } = alikeOf(manifest, baseline, profileOf(side.sensitive ?? {}), side);
  const { state, features, violations } = judgeDrift(alike.baseline, alike.live, { persistence: 1 }, []);
  const names = features.map(({ name }) => name);
  return { state, names, violations, why, hasTruth: alike.baseline.truth !== undefined };
}

const all = ['city', 'age', 'label'];

describe('a feature', () => {
  test('that is redacted alike is compared', () => {
    const { why, ...found } = compared({ city: 'hash' }, { sensitive: { city: 'hash' }, hashedWith: 1 });
    expect([why, found.state, found.names]).toEqual([undefined, 'stable', all]);
    expect(compared({}, { hashedWith: 2 })).toMatchObject({ names: all });
  });

  test.each<[string, Sensitive, LiveSide]>([
    ['is hashed since', {}, { sensitive: { city: 'hash' }, hashedWith: 1 }],
    ['was hashed', { city: 'hash' }, { hashedWith: 1 }],
    ['is dropped since', {}, { sensitive: { city: 'drop' } }],
    ['was masked', { city: 'mask' }, {}],
    ['is hashed with another key', { city: 'hash' }, { sensitive: { city: 'hash' }, hashedWith: 2 }],
  ])('that %s is left out, and it is said', (_, redacted, side) => {
    const found = compared(redacted, side);
    expect(found).toMatchObject({ state: 'stable', names: ['age', 'label'], violations: [], hasTruth: true });
    expect(found.why).toContain('of loans:3 was redacted in another way than what is captured now: "city".');
  });

  test('that is the prediction takes what truths have to do with it along', () => {
    expect(compared({}, { sensitive: { label: 'drop' } })).toMatchObject({ names: ['city', 'age'], hasTruth: false });
  });
});

test('a window says what was left out of it', async () => {
  const stage = await Stage.open({ ...WATCHED, capture: { sensitive: { age: 'hash' } } });
  await stage.hour();
  const [window] = (await stage.look()).windows;
  expect(window?.drift?.features.map(({ name }) => name)).toEqual(expect.not.arrayContaining(['age']));
  expect(window).toMatchObject({ drift: { state: 'stable', violations: [] }, why: expect.stringContaining('"age"') });
});

test('rows that wait for more are let go where they were looked at in another way', async () => {
  const stage = await Stage.open();
  await stage.hour({ rows: 80 });
  await stage.look();
  stage.watched = { ...WATCHED, capture: { sensitive: { age: 'hash' } } };
  await stage.hour({ rows: 80 });
  expect((await stage.look()).windows).toMatchObject([{ drift: { state: 'few', rows: 80 } }]);
});
