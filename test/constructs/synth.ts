import { createHash } from 'node:crypto';
import type { StagedCode } from '#packaging/staged.ts';
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { newFolder } from '../support/folders.ts';

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** An app with the feature flags of cdk.json, whose output, 45 MB for each inference function's code, goes after the tests. */
export const newApp = (): App => new App({ context: cdkJson.context, outdir: newFolder() });

export const newStack = (): Stack => new Stack(newApp(), 'Test');

/** The key of a staged folder among the assets: CDK hashes the hash that it is given. */
export const assetOf = ({ hash }: StagedCode): string => `${createHash('sha256').update(hash).digest('hex')}.zip`;
