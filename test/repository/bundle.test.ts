import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bundle } from './bundle.ts';
import { root } from './sources.ts';

const MEGABYTE = 1_000_000;

/** Bytes of each bundle when they were last looked at. A change beyond the tolerance is to be meant: write it there. */
const tracked = JSON.parse(readFileSync(new URL('tracked.json', import.meta.url), 'utf8')) as {
  tolerance: number;
  bundleBytes: Record<string, number>;
};

const handlers = globSync('functions/*/handler.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort();

test('every handler is tracked', () => {
  expect(Object.keys(tracked.bundleBytes).sort()).toEqual(handlers);
});

describe.each(handlers)('%s', async (handler) => {
  const { bytes, inputs } = await bundle(handler);

  test('pulls in nothing of CDK, and no construct', () => {
    const unwanted = /node_modules\/(aws-cdk-lib|constructs)\/|^lib\/(constructs|stacks)\/|^bin\//;
    expect(inputs.filter((input) => unwanted.test(input))).toEqual([]);
  });

  test('is under 1 MB without onnxruntime-node', () => {
    expect(bytes).toBeLessThan(MEGABYTE);
  });

  test('has the size that is on record', () => {
    const recorded = tracked.bundleBytes[handler] as number;
    expect(Math.abs(bytes - recorded) / recorded, `${bytes} bytes; ${recorded} in tracked.json`).toBeLessThan(
      tracked.tolerance,
    );
  });
});
