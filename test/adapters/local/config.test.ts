import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIG_FILE, loadConfig } from '#adapters/local/config.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnward-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (text: string): Promise<void> => writeFile(join(folder, CONFIG_FILE), text);
const mistake = async (text: string) => {
  await write(text);
  return loadConfig(folder).then(
    () => undefined,
    (error: unknown) => error,
  );
};

describe('onnward.config.ts', () => {
  test('is not needed', async () => {
    expect(await loadConfig(folder)).toEqual({ config: {}, folder });
  });

  test('is found in a folder above', async () => {
    await write('export default { port: 9000 };');
    const below = join(folder, 'a', 'b');
    await mkdir(below, { recursive: true });
    expect(await loadConfig(below)).toEqual({ config: { port: 9000 }, folder, path: join(folder, CONFIG_FILE) });
  });

  test('may say everything that is read', async () => {
    const serving = { threads: 2, exact: true, maxQueue: 10, maxConcurrency: 4, deadlineMs: 500 };
    const config = { store: 's3://bucket/prefix', port: 0, models: { iris: { serving }, digits: {} } };
    await write(`const config: object = ${JSON.stringify(config)}; export default config;`);
    expect((await loadConfig(folder)).config).toEqual(config);
  });
});

describe('a mistake in it', () => {
  test.each([
    ['{ port: "8080" }', 'port is to be a whole number from 0 to 65535'],
    ['{ port: 70000 }', 'port is to be a whole number from 0 to 65535'],
    ['{ port: 80.5 }', 'port is to be a whole number'],
    ['{ store: "/var/models" }', 'store is to be file:DIR or s3://bucket[/prefix]'],
    ['{ store: 1 }', 'store is to be file:DIR or s3://bucket[/prefix]'],
    ['{ models: true }', 'models is to be an object'],
    ['{ models: ["iris"] }', 'models.0 is to be an object'],
    ['{ models: { iris: { serving: { threads: 0 } } } }', 'models.iris.serving.threads is to be a whole number from 1'],
    ['{ models: { iris: { serving: { exact: 1 } } } }', 'models.iris.serving.exact is to be true or false'],
    ['{ models: { iris: { serving: { thread: 1 } } } }', 'models.iris.serving.thread is no field'],
    ['{ models: { iris: { memmory: 1769 } } }', 'models.iris.memmory is no field'],
    ['{ prot: 1 }', 'prot is no field; these are: store, port, models, stages. Did you mean port?'],
    ['{ models: { iris: { alarms: { p99: 0 } } } }', 'models.iris.alarms'],
    ['{ stages: { Prod: {} } }', 'a name of at most 20 lower-case letters'],
    ['{ stages: { prod: { account: 1 } } }', "stages.prod.account is to be an account's twelve digits in quotes"],
    ['"text"', 'default export is to be an object'],
    ['undefined', 'default export is to be an object'],
  ])('is named with its path: %s', async (value, message) => {
    expect(await mistake(`export default ${value};`)).toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(CONFIG_FILE),
    });
  });

  test('is told together with the others', async () => {
    const error = await mistake('export default { port: -1, store: "x" };');
    expect(error).toMatchObject({ fields: { issues: [{ path: 'store' }, { path: 'port' }] } });
  });

  test.each([
    ['a syntax error', 'export default {'],
    ['a throw', 'throw new Error("no luck"); export default {};'],
    ['a throw of a text', 'throw "no luck"; export default {};'],
    ['an import that is not there', 'import "./nowhere.ts"; export default {};'],
  ])('is told with the file: %s', async (_, text) => {
    expect(await mistake(text)).toMatchObject({
      code: 'config.unreadable',
      message: expect.stringContaining(join(folder, CONFIG_FILE)),
      fix: expect.any(String),
    });
  });

  test('is a missing default export too', async () => {
    expect(await mistake('export const config = {};')).toMatchObject({ code: 'config.invalid' });
  });
});
