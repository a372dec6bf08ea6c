import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashFile, openArtifact } from '#adapters/local/artifact.ts';
import { OnnwardError } from '#core/errors.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnward-artifact-'));
});
afterEach(() => rm(folder, { recursive: true }));

const take = (fixture: string, name = fixture) => copyFile(join(FIXTURES, fixture), join(folder, name));
const write = (name: string, text = 'x') => writeFile(join(folder, name), text);

async function refusal(path = folder): Promise<OnnwardError> {
  const error: unknown = await openArtifact(path).then(
    () => new Error('the artifact was taken'),
    (error: unknown) => error,
  );
  if (error instanceof OnnwardError) return error;
  throw error;
}

describe('a file', () => {
  test('comes alone', async () => {
    await take('mlp_rows.onnx', 'model.onnx');
    await write('beside.txt');
    const absolutePath = join(folder, 'model.onnx');
    expect(await openArtifact(absolutePath)).toStrictEqual({
      folder,
      graph: 'model.onnx',
      files: [{ path: 'model.onnx', size: 505, absolutePath }],
    });
  });

  test('brings its external data', async () => {
    await take('external_data.onnx', 'model.onnx');
    await take('external_data.bin');
    const { files } = await openArtifact(join(folder, 'model.onnx'));
    expect(files.map(({ path, size }) => [path, size])).toStrictEqual([
      ['model.onnx', 185],
      ['external_data.bin', 16],
    ]);
  });

  test('may be named by a symbolic link, and by a relative path', async () => {
    await take('mlp_rows.onnx', 'model.onnx');
    await symlink('model.onnx', join(folder, 'latest.onnx'));
    expect((await openArtifact(join(folder, 'latest.onnx'))).files).toMatchObject([{ path: 'latest.onnx', size: 505 }]);
    expect(await openArtifact('test/fixtures/mlp_rows.onnx')).toMatchObject({
      folder: FIXTURES,
      graph: 'mlp_rows.onnx',
    });
  });
});

describe('a folder', () => {
  test('brings everything in it, the graph first', async () => {
    await mkdir(join(folder, 'tokenizer/deep'), { recursive: true });
    for (const name of ['a.txt', 'tokenizer/vocab.txt', 'tokenizer/deep/x.onnx', 'z.json']) await write(name, name);
    await take('external_data.onnx', 'model.ONNX');
    await take('external_data.bin');
    const artifact = await openArtifact(`${folder}/`);
    expect(artifact).toMatchObject({ folder, graph: 'model.ONNX' });
    expect(artifact.files.map(({ path }) => path)).toStrictEqual([
      'model.ONNX',
      'a.txt',
      'external_data.bin',
      'tokenizer/deep/x.onnx',
      'tokenizer/vocab.txt',
      'z.json',
    ]);
    expect(artifact.files[4]).toMatchObject({ size: 19, absolutePath: join(folder, 'tokenizer/vocab.txt') });
  });

  test('is not walked before its graph is found', async () => {
    await write('.hidden');
    expect((await refusal()).code).toBe('artifact.no_graph');
  });

  test('must have one graph at its top: several are listed', async () => {
    await take('mlp_rows.onnx', 'b.onnx');
    await take('mlp_rows.onnx', 'a.onnx');
    const error = await refusal();
    expect(error).toMatchObject({ code: 'artifact.many_graphs', fix: 'Name one of them.' });
    expect(error.message).toBe(`${folder} has 2 .onnx files: a.onnx, b.onnx`);
  });

  test('a folder named like a graph is none', async () => {
    await mkdir(join(folder, 'model.onnx'));
    const error = await refusal();
    expect(error.code).toBe('artifact.no_graph');
    expect(error.message).toMatch(/no \.onnx file at its top level \("model\.onnx" there is a folder\)$/);
  });

  test('with more files than a model has is refused', async () => {
    await take('mlp_rows.onnx');
    await Promise.all(Array.from({ length: 1000 }, (_, index) => write(`${index}.txt`, '')));
    expect((await refusal()).code).toBe('artifact.too_many');
  });
});

describe('what lies in a folder beside the graph', () => {
  beforeEach(() => take('mlp_rows.onnx', 'model.onnx'));
  let server: Server | undefined;
  afterEach(() => server?.close());

  test.each<[string, string, () => Promise<unknown>]>([
    ['a hidden file', 'hidden', () => write('.DS_Store')],
    ['a hidden folder', 'hidden', () => mkdir(join(folder, '.git'))],
    ['a link to a file', 'symlink', () => symlink('/etc/hostname', join(folder, 'labels.txt'))],
    ['a link to a folder', 'symlink', () => symlink('/etc', join(folder, 'config'))],
    ['a link to nothing', 'symlink', () => symlink('nowhere', join(folder, 'labels.txt'))],
    ['the name of the manifest', 'reserved', () => write('manifest.json')],
    ['a name with a backslash', 'name', () => write('a\\b')],
    ['a name with a line break', 'name', () => write('a\nb')],
  ])('%s is refused: artifact.%s', async (_, what, place) => {
    await place();
    const error = await refusal();
    expect(error).toMatchObject({ code: `artifact.${what}`, kind: 'invalid', fix: expect.any(String) });
    expect(error.message.startsWith(folder)).toBe(true);
  });

  test('a socket is refused', async () => {
    const path = join(folder, 'socket');
    await new Promise<void>((listening) => {
      server = createServer().listen(path, listening);
    });
    expect(await refusal()).toMatchObject({ code: 'artifact.not_a_file', fields: { path } });
    expect((await refusal(path)).code).toBe('artifact.not_a_file');
  });
});

describe('what cannot be a model', () => {
  test.each<[string, string, string, () => Promise<unknown>]>([
    ['nothing', 'artifact.not_found', 'model.onnx', async () => undefined],
    ['below a file', 'artifact.not_found', 'a/model.onnx', () => write('a')],
    ['another format', 'artifact.not_onnx', 'model.pt', () => write('model.pt')],
    ['an empty file', 'artifact.empty', 'model.onnx', () => write('model.onnx', '')],
    ['a hidden file', 'artifact.hidden', '.onnx', () => take('mlp_rows.onnx', '.onnx')],
    ['a cut-off graph', 'model.unreadable', 'model.onnx', () => take('broken.onnx', 'model.onnx')],
    ['text', 'model.unreadable', 'model.onnx', () => write('model.onnx', 'hello')],
    ['a ring of links', 'artifact.unreadable', 'model.onnx', () => symlink('model.onnx', join(folder, 'model.onnx'))],
  ])('%s: %s', async (_, code, name, place) => {
    await place();
    const error = await refusal(join(folder, name));
    expect(error.code).toBe(code);
    expect(error.message).toContain(join(folder, name));
  });

  test('a graph beyond the limit of protobuf is not read', async () => {
    await write('model.onnx');
    await truncate(join(folder, 'model.onnx'), 2 ** 31);
    expect(await refusal()).toMatchObject({
      code: 'artifact.too_large',
      fix: expect.stringContaining('external data'),
    });
  });

  test('external data that is not there, named by file and by folder', async () => {
    await take('external_data.onnx', 'model.onnx');
    for (const path of [folder, join(folder, 'model.onnx')]) {
      const error = await refusal(path);
      expect(error).toMatchObject({ code: 'artifact.missing', fields: { path: 'external_data.bin' } });
    }
  });

  test('external data that is a link out of the folder', async () => {
    await take('external_data.onnx', 'model.onnx');
    await symlink(join(FIXTURES, 'external_data.bin'), join(folder, 'external_data.bin'));
    for (const path of [folder, join(folder, 'model.onnx')]) {
      expect((await refusal(path)).code).toBe('artifact.symlink');
    }
  });
});

describe('hashFile', () => {
  test.each([0, 1, 1024 * 1024, 3 * 1024 * 1024 + 17])(
    '%i bytes: SHA-256 in hex, every byte told once',
    async (size) => {
      const bytes = Buffer.alloc(size, 'onnward');
      await writeFile(join(folder, 'data'), bytes);
      const told: number[] = [];
      const hash = await hashFile(join(folder, 'data'), (more) => told.push(more));
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(told.reduce((sum, more) => sum + more, 0)).toBe(size);
      expect(told.length).toBeLessThanOrEqual(Math.ceil(size / (1024 * 1024)));
    },
  );

  test.each(['missing', '.'])('of %s is refused', async (name) => {
    await expect(hashFile(join(folder, name))).rejects.toThrow(OnnwardError);
  });
});
