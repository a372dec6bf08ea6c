import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { stageFunction } from '#packaging/function.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder } from '../../support/folders.ts';
import { createRequest } from './requests.ts';
import { LambdaApi, ResponsePlace } from './servers.ts';

let lambda: LambdaApi;
let place: ResponsePlace;

beforeAll(async () => {
  [lambda, place] = await Promise.all([new LambdaApi().listen(), new ResponsePlace().listen()]);
});

afterAll(() => {
  lambda.close();
  place.close();
});

test('as it is deployed, it makes the alias with the client that it brings along', async () => {
  lambda.functions.add('onnward-dev-iris');
  // Apart from the checkout, so that no node_modules helps it out.
  const file = join(newFolder(), 'handler.mjs');
  copyFileSync(join(stageFunction('live-alias').folder, 'handler.mjs'), file);
  const script = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    const context = { getRemainingTimeInMillis: () => 120_000, logGroupName: 'group', logStreamName: 'stream' };
    await handler(${JSON.stringify(createRequest(place.url, 'onnward-dev-iris'))}, context);`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  expect(lambda.aliases.get('onnward-dev-iris:live')).toBe('$LATEST');
  expect(place.answers).toMatchObject([{ Status: 'SUCCESS' }]);
});
