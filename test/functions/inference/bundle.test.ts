import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../../repository/bundle.ts';
import { root } from '../../repository/sources.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

let handler: string;

/** As it is deployed: one file, with onnxruntime-node beside it and nothing else of this repository. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onnward-bundle-'));
  symlinkSync(`${root}node_modules`, join(folder, 'node_modules'), 'junction');
  handler = join(folder, 'handler.mjs');
  writeFileSync(handler, (await bundle('functions/inference/handler.ts')).text);
});

/** The result of one plain invocation in a process of its own. */
function invoke(env: Record<string, string>, payload: object): unknown {
  const script = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(handler).href)});
    const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 20_000 };
    process.stdout.write(JSON.stringify(await handler(${JSON.stringify(payload)}, context)), () => process.exit());`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '1', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output.toString());
}

test('the bundled handler serves a model', async () => {
  const { registry, store } = await newRegistry();
  await registerFixture(registry, 'echo', 'identity_fp32');
  const payload = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };
  expect(invoke({ ONNWARD_STORE: store.url }, payload)).toMatchObject({ outputs: [{ data: [1.5, -2] }] });
});

test('the bundled S3 client works, down to the connection that it is refused', () => {
  const result = invoke(
    {
      ONNWARD_STORE: 's3://bucket',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    { inputs: [] },
  );
  expect(result).toEqual({ statusCode: 503, error: expect.stringContaining('ECONNREFUSED') });
});
