import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCdk } from '#adapters/local/cdk.ts';
import { newFolder } from '../../support/folders.ts';

/** A cloud assembly of one stack, made by hand: `cdk list` needs no more, and no second of aws-cdk-lib's. */
const ASSEMBLY = `
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const out = process.env.CDK_OUTDIR;
mkdirSync(out, { recursive: true });
writeFileSync('seen.json', JSON.stringify({ node: process.execPath, own: process.env.OWN, cwd: process.cwd() }));
writeFileSync(join(out, 'S.template.json'), '{"Resources":{}}');
writeFileSync(join(out, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts: { S: {
  type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region',
  properties: { templateFile: 'S.template.json' }, displayName: 'S' } } }));
`;

function folderWith(app: string): { folder: string; app: string } {
  const folder = newFolder();
  const path = join(folder, 'an app.mjs');
  writeFileSync(path, app);
  return { folder, app: path };
}

const env = {
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

describe("CDK's command line", () => {
  test('runs an app by this Node, in its folder, with what is added to the environment', async () => {
    const lines: string[] = [];
    const { folder, app } = folderWith(ASSEMBLY);
    const onLine = (line: string): void => void lines.push(line);
    const ended = await runCdk({ args: ['list', '--no-notices'], app, folder, env: { ...env, OWN: 'yes' }, onLine });
    expect(ended).toMatchObject({ code: 0, lastLines: expect.arrayContaining(['S']) });
    expect(lines).toContain('S');
    const seen = JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as Record<string, string>;
    expect(seen).toEqual({ node: process.execPath, own: 'yes', cwd: folder });
  });

  test('that fails ends with its code, and with what it said last', async () => {
    const { folder, app } = folderWith('console.error("the configuration is wrong"); process.exit(3);');
    const { code, lastLines } = await runCdk({ args: ['list'], app, folder, env, onLine: () => undefined });
    expect(code).toBe(1);
    expect(lastLines).toContain('the configuration is wrong');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'gets our %s, is waited for, and nobody listens afterwards',
    async (signal) => {
      const { folder, app } = folderWith('console.log("began"); setTimeout(() => {}, 60_000);');
      const before = process.listenerCount(signal);
      const ended = await runCdk({
        args: ['list'],
        app,
        folder,
        env,
        // As the process would get it; sending it for real would end the test runner's other work.
        onLine: (line) => void (line === 'began' && process.emit(signal, signal)),
      });
      expect(ended.interrupted).toBe(signal);
      expect(ended.code).not.toBe(0);
      expect(process.listenerCount(signal)).toBe(before);
    },
  );
});
