import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, inRepository, listening, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const store = `file:${join(folder, 'registry')}`;
const HELDOUT = inRepository('examples/iris/heldout.csv');
const SEVEN = inRepository('examples/digits/images/7.png');

beforeAll(async () => {
  const classes = inRepository('examples/iris/labels.txt');
  const registrations = [
    ['iris', inRepository('examples/iris/model.onnx'), '--alias', 'live', '--labels', classes],
    ['digits', inRepository('examples/digits/model.onnx'), '--alias', 'live', '--preprocess', 'image'],
  ];
  for (const args of registrations) {
    expect(await inProcess(['register', ...args, '--store', store])).toMatchObject({ code: 0 });
  }
});

/** Credentials are the machine's own affair; these tests have none. */
function withoutCredentials(): void {
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('invoke --remote', () => {
  test('shows what this machine shows, of CSV with labels and of an image', async () => {
    withoutCredentials();
    const server = await listening(['serve', '--store', store]);
    const { url } = server;
    for (const args of [
      ['iris', HELDOUT, '--drop', 'species'],
      ['digits', SEVEN],
      ['iris:1', HELDOUT, '--drop', 'species', '--json'],
    ]) {
      const there = await inProcess(['invoke', ...args, '--remote', '--url', url]);
      const here = await inProcess(['invoke', ...args, '--store', store]);
      expect({ code: there.code, stderr: there.stderr }).toEqual({ code: 0, stderr: '' });
      expect(there.stdout).toBe(here.stdout);
    }
    const refused = await inProcess(['invoke', 'iris:9', HELDOUT, '--drop', 'species', '--remote', '--url', url]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/9.*\n.*code: remote\.refused/s) });
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('says in words what API Gateway says by a status', async () => {
    withoutCredentials();
    const server = createServer((_, response) => response.writeHead(403).end('{"message":"Forbidden"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await inProcess(['invoke', 'iris', HELDOUT, '--remote', '--url', url])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/may not call it.*execute-api:Invoke.*remote\.forbidden/s),
    });
  });

  test.each([
    [['--url', 'http://127.0.0.1:1'], 'usage.needs_remote'],
    [['--stage', 'dev'], 'usage.needs_remote'],
    [['--remote', '--stage', 'dev', '--url', 'http://127.0.0.1:1'], 'usage.either'],
  ])('%j is refused as %s', async (options, code) => {
    const ended = await inProcess(['invoke', 'iris', HELDOUT, ...options]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`code: ${code}`) });
  });

  test('without a configuration that names a model asks for one', async () => {
    withoutCredentials();
    const ended = await inProcess(['invoke', 'iris', HELDOUT, '--remote']);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('code: config.no_models') });
  });
});
