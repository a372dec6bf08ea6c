import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readStage } from '#adapters/aws/stage-status.ts';

let server: Server;
/** `region/service` of each signed request. */
let asked: Set<string>;
/** What the function of releases was asked, where it is there. */
let invoked: unknown[];
let releases: boolean;

/** Whoever asks hears that there is no such thing. */
beforeEach(async () => {
  asked = new Set();
  invoked = [];
  releases = false;
  server = createServer((request, response) => {
    if (releases && request.url?.includes('/functions/onnward-dev--release/')) {
      void answerReleases(request, response);
      return;
    }
    const [, scope = ''] = /Credential=[^/]+\/\d+\/([^/]+\/[^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    asked.add(scope);
    response.writeHead(404).end('<Error><Code>NoSuchBucket</Code><Message>not there</Message></Error>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  vi.stubEnv('AWS_REGION', 'us-east-1');
});

async function answerReleases(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (body !== '') invoked.push(JSON.parse(body));
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
}

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

test('a stage is looked at in its own region, its registry too, whatever the environment says', async () => {
  const identity = { account: '111122223333', region: 'eu-west-3', arn: 'arn:aws:iam::111122223333:user/ada' };
  await readStage('dev', ['iris'], identity).catch(() => undefined);
  await vi.waitFor(() => expect([...asked].map((scope) => scope.split('/')[1])).toContain('s3'));
  expect([...asked].filter((scope) => !scope.startsWith('eu-west-3/'))).toEqual([]);
});

test.each([
  [
    'tells by what options each model is released',
    true,
    ['digits', 'iris'].map((model) => ({ task: 'options', model })),
  ],
  ['is not asked where it is not there', false, []],
])('the function of releases %s', async (_, isThere, expected) => {
  releases = isThere;
  const identity = { account: '111122223333', region: 'eu-west-3', arn: 'arn:aws:iam::111122223333:user/ada' };
  await readStage('dev', ['digits', 'iris'], identity).catch(() => undefined);
  await vi.waitFor(() => expect(invoked).toHaveLength(expected.length));
  expect(invoked).toEqual(expect.arrayContaining(expected));
});
