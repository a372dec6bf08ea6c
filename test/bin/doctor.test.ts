import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { onnward, testFolder } from './cli.ts';

let cwd: string;
/** A machine without Docker, a region or credentials. */
const bare = {
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_CONFIG_FILE: '/nowhere',
  CDK_DOCKER: 'no-such-program',
};

beforeEach(() => {
  cwd = testFolder();
});

const configure = (config: object): void =>
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(config)};`);

interface Document {
  readonly ok: boolean;
  readonly checks: readonly { readonly check: string; readonly level: string; readonly fix?: string }[];
}

const levels = ({ checks }: Document) => Object.fromEntries(checks.map(({ check, level }) => [check, level]));

describe('onnward doctor', () => {
  test('goes on after a failure, and ends with all of them', async () => {
    configure({ models: { iris: {} } });
    const { code, stdout, stderr } = await onnward(['doctor'], { cwd, env: bare });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok +node: Node v\d+/m);
    expect(stdout).toMatch(/^ok +configuration: .*stage dev, models iris/m);
    expect(stdout).toMatch(/^failure +containers: .*\n +Start Docker, or set CDK_DOCKER/m);
    expect(stdout).toMatch(/^failure +credentials: .*\n +Set AWS_REGION/m);
    expect(stderr).toContain('Not as it should be: containers, credentials.');
    expect(stderr).toContain('code: doctor.failures');
  });

  test('asks for no container tool where nothing is an image', async () => {
    configure({ models: { iris: { packaging: 'zip' } } });
    const { stdout } = await onnward(['doctor', '--json'], { cwd, env: { ...bare, AWS_REGION: 'eu-west-1' } });
    const document = JSON.parse(stdout) as Document;
    expect(document.ok).toBe(false);
    expect(levels(document)).toEqual({ node: 'ok', configuration: 'ok', containers: 'ok', credentials: 'failure' });
    expect(document.checks.at(-1)?.fix).toMatch(/aws (configure|sso login)/);
  });

  test('stops at a configuration that cannot be read', async () => {
    configure({ models: { iris: { memmory: 1 } } });
    const { code, stdout } = await onnward(['doctor', '--json'], { cwd, env: bare });
    expect(code).toBe(1);
    expect(levels(JSON.parse(stdout) as Document)).toEqual({ node: 'ok', configuration: 'failure' });
  });
});

describe('onnward status', () => {
  test.each([
    [{ models: { iris: {} } }, [], 1, 'aws.no_region'],
    [{ models: { iris: {} } }, ['--stage', 'prod'], 2, 'config.no_such_stage'],
    [{}, [], 2, 'config.no_models'],
  ])('of %j %j fails in words', async (config, options, code, error) => {
    configure(config);
    const ended = await onnward(['status', ...options], { cwd, env: bare });
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(`code: ${error}`) });
    expect(ended.stderr).not.toMatch(/^ +at /m);
  });
});
