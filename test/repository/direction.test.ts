import { describe, expect, test } from 'vitest';
import { violations } from './direction.ts';
import { readSources } from './sources.ts';

const check = (file: string, text: string) => violations(new Map([[file, text]]));

describe('the direction of imports', () => {
  test('is downward only, in every file', () => {
    expect(violations(readSources())).toEqual([]);
  });

  test.each([
    ['lib/core/a.ts', "import { readFileSync } from 'node:fs';", 'lib/core has only node:crypto, valibot'],
    ['lib/core/a.ts', "import { serve } from '#serving/app.ts';", 'lib/core may not import lib/serving'],
    [
      'lib/core/model/a.ts',
      "import type { Host } from '../../serving/host.ts';",
      'lib/core may not import lib/serving',
    ],
    [
      'lib/serving/a.ts',
      "import { S3Store } from '#adapters/aws/s3-store.ts';",
      'lib/serving may not import lib/adapters',
    ],
    ['lib/adapters/a.ts', "export { createApp } from '#serving/app.ts';", 'lib/adapters may not import lib/serving'],
    ['lib/constructs/a.ts', "import '#adapters/onnx/engine.ts';", 'lib/constructs may not import lib/adapters'],
    ['lib/stacks/a.ts', "const x = await import('#serving/app.ts');", 'lib/stacks may not import lib/serving'],
    ['lib/stacks/a.ts', "import { handler } from '../../functions/inference/handler.ts';", 'known by path'],
    ['functions/batch/a.ts', "import { handler } from '../inference/handler.ts';", 'known by path'],
    ['functions/batch/a.ts', "import { Stack } from 'aws-cdk-lib';", 'functions runs without CDK'],
    ['lib/serving/a.ts', "import { Bucket } from 'aws-cdk-lib/aws-s3';", 'lib/serving runs without CDK'],
    ['lib/serving/a.ts', "import {\n  a,\n  b,\n} from '../core/errors.ts';", 'by its # name'],
    ['lib/core/a.ts', "import { b } from './b';", '.ts extension'],
    ['lib/adapters/a.ts', "const url = import.meta.resolve('#serving/worker.ts');", 'may not import lib/serving'],
  ])('%s may not say %s', (file, text, reason) => {
    expect(check(file, text)).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    [
      'lib/core/a.ts',
      "import { createHash } from 'node:crypto';\nimport * as v from 'valibot';\nimport { b } from './b.ts';",
    ],
    [
      'functions/inference/a.ts',
      "import { createApp } from '#serving/app.ts';\nimport { kind } from './events/kind.ts';",
    ],
    ['lib/stacks/a.ts', "import { App } from 'aws-cdk-lib';\nimport { Service } from '#constructs/service.ts';"],
    [
      'bin/commands/a.ts',
      "import { readConfig } from '#config/config.ts';\nimport { S3Store } from '#adapters/aws/s3.ts';",
    ],
  ])('%s may say %s', (file, text) => {
    expect(check(file, text)).toEqual([]);
  });
});
