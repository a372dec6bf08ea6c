import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { aliasKey } from '#core/model/keys.ts';
import { bundle } from '#packaging/bundle.ts';
import { stageFunction } from '#packaging/function.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpApi } from '../inference/gateways.ts';

let server: Server;
const asked: string[] = [];

/** As much of S3 as the catalogue asks for: one object, and the word for all the others. */
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === `/models/${aliasKey('digits', 'live')}`) {
      response.setHeader('etag', '"1"').end('{"alias":"live","version":3,"sequence":1}');
      return;
    }
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => void server.close(resolve)));

test('what is deployed answers by itself, with S3 behind it', async () => {
  const handler = pathToFileURL(join(stageFunction('catalogue').folder, 'handler.mjs')).href;
  const event = httpApi.event({ method: 'POST', path: '/v2/repository/index' });
  const script = `
    const { handler } = await import(${JSON.stringify(handler)});
    const result = await handler(${JSON.stringify(event)}, { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 });
    process.stdout.write(JSON.stringify(result), () => process.exit());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      ONNWARD_STORE: 's3://models',
      ONNWARD_MODELS: 'digits,fraud',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  const { status, body } = httpApi.response(JSON.parse(stdout));
  expect(status).toBe(200);
  expect(JSON.parse(Buffer.from(body).toString())).toMatchObject([
    { name: 'digits', version: '3', state: 'READY' },
    { name: 'fraud', version: '', state: 'UNAVAILABLE' },
  ]);
  expect(asked.toSorted()).toEqual(['digits', 'fraud'].map((name) => `/models/${aliasKey(name, 'live')}`));
});

test('nothing of ONNX Runtime and of AWS’s SDK is in it', () => {
  const { sources, packages } = bundle({ handler: 'functions/catalogue/handler.ts' });
  expect(sources.filter((source) => /onnxruntime|lib\/adapters\/onnx|@aws-sdk|@smithy/.test(source))).toEqual([]);
  expect(packages.map(({ name }) => name)).toContain('hono');
});
