import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openFolder } from '#adapters/local/open-folder.ts';
import { captureKeyKey } from '#core/monitoring/capture/keys.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { capturePrefix, hourFolder } from '#core/monitoring/keys.ts';
import { openCapture } from '../../bin/cli/capture.ts';
import type { Workplace } from '../../bin/cli/registry.ts';
import { newFolder } from '../support/folders.ts';
import { inRepository, listening, onnward } from './cli.ts';

type Models = Workplace['config']['models'];

let store: Awaited<ReturnType<typeof openFolder>>;
let said: string[];
beforeEach(async () => {
  store = await openFolder(`file:${newFolder()}`);
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const open = (models: Models) => openCapture({ store, config: { ...(models && { models }) } });

describe('a server of this machine', () => {
  test.each<Models>([undefined, {}, { iris: {} }, { iris: { capture: false } }])(
    'with models %j captures nothing',
    async (models) => {
      expect(await open(models)).toBeUndefined();
      expect(await store.get(captureKeyKey(1))).toBeUndefined();
    },
  );

  test('captures for the models that say so, makes the key, and clears what is old', async () => {
    const old = `${capturePrefix('iris')}${hourFolder(0)}x.jsonl`;
    await store.put(old, Buffer.from('{}'));
    const opened = await open({ iris: { capture: { sensitive: { x: 'drop' } } }, digits: {} });
    expect(await store.get(captureKeyKey(1))).toBeDefined();
    await vi.waitFor(async () => expect(await store.get(old)).toBeUndefined());
    const sensitive = ['iris', 'digits'].map((name) => opened?.capture.isSensitive({ name } as never));
    expect([sensitive, said]).toEqual([[true, false], []]);
    await opened?.close();
  });

  test('does not where the store is elsewhere, and says so', async () => {
    const workplace = { store: { url: 's3://bucket' }, config: { models: { iris: { capture: true } } } };
    expect(await openCapture(workplace as unknown as Workplace)).toBeUndefined();
    expect(said.join('')).toContain('requests to iris are not captured: the store is not a folder of this machine');
  });

  test('goes on where it may not write the key, and says so', async () => {
    vi.spyOn(store, 'put').mockRejectedValue(new Error('read-only disk'));
    const opened = await open({ iris: { capture: true } });
    expect(said.join('')).toContain('no key for capture can be made: read-only disk');
    await opened?.close();
  });
});

/** A folder whose store has iris. */
async function folderWith(capture: object): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'onnward-capture-'));
  writeFileSync(
    join(cwd, 'onnward.config.ts'),
    `export default ${JSON.stringify({ models: { iris: { capture } } })};\n`,
  );
  await onnward(['register', 'iris', inRepository('examples/iris/model.onnx'), '--alias', 'live'], { cwd });
  return cwd;
}

describe('serve', () => {
  test('captures, and writes what waits when it is told to stop', async () => {
    const cwd = await folderWith({ sensitive: { 'features[0]': 'mask' } });
    const server = await listening(['serve'], { cwd });
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.25, 3.5, 1.5, 0.25] }];
    const answer = await fetch(`${server.url}/v2/models/iris/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs }),
    });
    expect(answer.status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    const folder = join(cwd, '.onnward/capture/iris/live');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const text = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join('');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => readLine('iris', line)),
    ).toMatchObject([{ version: 1, redacted: { 'features[0]': 'mask' }, inputs: [{ data: [null, 3.5, 1.5, 0.25] }] }]);
  });

  test('does not begin where what is sensitive is nothing of the version', async () => {
    const cwd = await folderWith({ sensitive: { feature: 'drop' } });
    const { code, stderr } = await onnward(['serve', '--port', '0'], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      "'capture.sensitive' names 'feature', which is no input, output or column of this version",
    );
    expect(stderr).toContain('Did you mean features?');
  });
});
