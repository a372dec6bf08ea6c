import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bakeVersion } from '#adapters/local/bake.ts';
import { stageInference } from '#packaging/inference.ts';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../../support/folders.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { readEmf } from './emf.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

// As it is deployed, by Lambda's own operating system.
describe.skipIf(process.platform !== 'linux')('the packaged handler', () => {
  const { folder } = stageInference({ architecture, packaging: 'zip' });

  const payload = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };

  /** One plain invocation in a process of its own: its result, and what it writes for operators. */
  function attempt(env: Record<string, string>, payload: object, task = folder): { result: unknown; log: string } {
    const script = `
      const { handler } = await import(${JSON.stringify(pathToFileURL(join(task, 'handler.mjs')).href)});
      const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 20_000 };
      process.stdout.write(JSON.stringify(await handler(${JSON.stringify(payload)}, context)), () => process.exit());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '1', ...env },
    });
    const [metrics, result] = stdout.toString().split('\n') as [string, string];
    expect(readEmf(metrics)).toMatchObject({ model: 'echo', version: 1, Requests: 1 });
    return { result: JSON.parse(result), log: stderr.toString() };
  }

  const invoke = (...args: Parameters<typeof attempt>): unknown => attempt(...args).result;

  test('serves a model', async () => {
    const { registry, store } = await newRegistry();
    await registerFixture(registry, 'echo', 'identity_fp32');
    expect(invoke({ ONNWARD_STORE: store.url }, payload)).toMatchObject({ outputs: [{ data: [1.5, -2] }] });
  });

  test('serves the model that is baked into its zip', async () => {
    const { registry, store } = await newRegistry();
    const baked = await bakeVersion(store, await registerFixture(registry, 'echo', 'identity_fp32'), newFolder());
    const task = stageInference({ architecture, packaging: 'zip', baked }).folder;
    const pin = { ONNWARD_STORE: `file:${join(task, 'registry')}` };
    expect(invoke(pin, payload, task)).toMatchObject({ outputs: [{ data: [1.5, -2] }] });
  });

  test('has an S3 client that works, down to the connection that it is refused', () => {
    const { result, log } = attempt(
      {
        ONNWARD_STORE: 's3://bucket',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
      { inputs: [] },
    );
    // Where the bucket is, and who did not answer, is for the log.
    expect(result).toEqual({ statusCode: 503, error: expect.stringContaining("The function's log says why") });
    expect(log).toContain('ECONNREFUSED');
  });
});
