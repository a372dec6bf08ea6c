import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** An app with the feature flags of cdk.json, whose output goes nowhere near the checkout. */
export const newApp = (): App =>
  new App({ context: cdkJson.context, outdir: mkdtempSync(join(tmpdir(), 'onnward-cdk-')) });

export const newStack = (): Stack => new Stack(newApp(), 'Test');
