import { globSync, readFileSync } from 'node:fs';
import { bundle } from '#packaging/bundle.ts';
import { describe, expect, test } from 'vitest';
import { root } from './sources.ts';

const MEGABYTE = 1_000_000;

/** Bytes of each bundle when they were last looked at. A change beyond the tolerance is to be meant: write it there. */
const tracked = JSON.parse(readFileSync(new URL('tracked.json', import.meta.url), 'utf8')) as {
  tolerance: number;
  bundleBytes: Record<string, number>;
};

const entries = globSync('functions/*/{handler,serve}.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort();

test('every function is tracked', () => {
  expect(Object.keys(tracked.bundleBytes).sort()).toEqual(entries);
});

describe.each(entries)('%s', (entry) => {
  const { files, sources } = bundle({ main: entry });
  const bytes = files[0]?.from.byteLength as number;

  test('pulls in nothing of CDK, and no construct', () => {
    const unwanted = /node_modules\/(aws-cdk-lib|constructs)\/|^lib\/(constructs|stacks|packaging)\/|^bin\//;
    expect(sources.filter((source) => unwanted.test(source))).toEqual([]);
  });

  // Releases and trainings speak to many services of AWS, and to a laptop; their code is in parts, of which a task loads some.
  const most = /functions\/(release|training)\/handler\.ts/.test(entry) ? 1.5 * MEGABYTE : MEGABYTE;

  test(`is under ${most / MEGABYTE} MB without onnxruntime-node`, () => {
    expect(bytes).toBeLessThan(most);
  });

  test('has the size that is on record', () => {
    const recorded = tracked.bundleBytes[entry] as number;
    expect(Math.abs(bytes - recorded) / recorded, `${bytes} bytes; ${recorded} in tracked.json`).toBeLessThan(
      tracked.tolerance,
    );
  });
});
