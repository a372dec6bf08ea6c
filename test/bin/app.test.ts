import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const app = fileURLToPath(new URL('../../bin/app.ts', import.meta.url));

test('the app that cdk.json runs synthesises the registry, without a configuration and without an account', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'onnward-app-'));
  execFileSync(process.execPath, [app], { cwd: outdir, env: { ...process.env, CDK_OUTDIR: outdir } });
  const template = JSON.parse(readFileSync(join(outdir, 'OnnwardRegistry.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  expect(Object.values(template.Resources).map(({ Type }) => Type)).toContain('AWS::S3::Bucket');
});
