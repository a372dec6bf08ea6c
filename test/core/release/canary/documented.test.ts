import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCanary } from '#core/release/canary/records.ts';
import { JUDGE, requestsToResolve } from '#core/release/canary/settings.ts';
import { drive } from './support/drive.ts';
import { newPlace } from './support/place.ts';

const DOCS = readFileSync(new URL('../../../../docs/canary.md', import.meta.url), 'utf8');

const lines = (texts: readonly string[]): string => texts.join('\n');

test('the worked example is what a canary of ten requests a second comes to', async () => {
  const errors = { errorRate: 0.002 };
  const labelled = { labelled: 0.02 };
  const at = await newPlace({
    seed: 11,
    rate: 10,
    champion: { ...errors, ...labelled },
    challenger: { ...errors, ...labelled, ms: 22 },
    options: { canary: [{ weight: 10, bake: '10m' }] },
  });
  expect(await drive(at)).toMatchObject({ next: 'live' });
  const [step] = (await readCanary(at.store, at.release)).steps;
  const { reason, results } = step!.ended!;
  expect(DOCS).toContain(lines([reason, ...results.map(({ verdict, sentence }) => `  ${verdict}: ${sentence}`)]));
});

test('the hold is what the same canary comes to with a request every two seconds', async () => {
  const at = await newPlace({ seed: 11, rate: 0.5, options: { canary: [{ weight: 10, bake: '10m' }] } });
  const { next, reason } = await drive(at);
  expect(next).toBe('wait');
  expect(DOCS).toContain(reason);
});

test.each([0.005, 0.01, 0.02, 0.05, 0.1])('requests that a margin of %d takes', (errorMargin) => {
  const requests = requestsToResolve({ ...JUDGE, errorMargin });
  expect(DOCS).toMatch(new RegExp(`^\\| ${errorMargin} +\\| ${requests} +\\|$`, 'm'));
});

test.each(Object.entries(JUDGE))('the default of judge.%s', (name, value) => {
  expect(DOCS).toMatch(new RegExp(`^\\| \`judge\\.${name}\` +\\| ${value} +\\|`, 'm'));
});
