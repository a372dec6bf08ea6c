import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  callerIdentityAnswer,
  type DescribedStack,
  noStack,
  queryServer,
  type QueryAnswer,
  stacksAnswer,
} from '../support/aws-server.ts';
import { LambdaServer } from '../support/lambda-server.ts';
import { inRepository, onnward, testFolder } from './cli.ts';

/** Of bsdutils, which every Debian has: runs a command at a terminal of its own. */
const TERMINAL = 'script';

/** No bucket of the stage is there. */
const NO_BUCKET: QueryAnswer = { status: 404, body: '<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>' };

let cwd: string;
let aws: Awaited<ReturnType<typeof queryServer>>;
let s3: Awaited<ReturnType<typeof queryServer>>;
let lambda: LambdaServer;
let stacks: Map<string, DescribedStack>;
let env: Record<string, string>;

beforeEach(async () => {
  cwd = testFolder();
  stacks = new Map([['CDKToolkit', { name: 'CDKToolkit', status: 'CREATE_COMPLETE' }]]);
  aws = await queryServer(({ action, parameters }) => {
    if (action === 'GetCallerIdentity') return callerIdentityAnswer('111122223333');
    const name = parameters.get('StackName') ?? '';
    const stack = stacks.get(name);
    return stack ? stacksAnswer(stack) : noStack(name);
  });
  s3 = await queryServer(() => NO_BUCKET);
  lambda = await LambdaServer.start('onnward-dev-iris');
  env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    CDK_DOCKER: 'no-such-program',
    CI: '',
  };
  configure({ models: { iris: { packaging: 'zip' } } });
});

afterEach(async () => {
  await Promise.all([aws.stop(), s3.stop(), lambda.stop()]);
});

const configure = (config: object): void =>
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(config)};`);

const run = (...args: string[]) => onnward(args, { cwd, env });

/** What was refused; CDK, which comes after every check, was not begun. */
async function refused(
  ...args: string[]
): Promise<{ code: string; message: string; fix: string; exit: number | null }> {
  const { code: exit, stderr } = await run(...args, '--json');
  expect(existsSync(join(cwd, 'cdk.out'))).toBe(false);
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string; fix: string } };
  return { ...error, exit };
}

describe('onnward deploy refuses, before anything is changed', () => {
  test('a configuration without models', async () => {
    configure({});
    expect(await refused('deploy')).toMatchObject({ code: 'config.no_models', exit: 2 });
  });

  test('a stage that there is not', async () => {
    expect(await refused('deploy', '--stage', 'prod')).toMatchObject({ code: 'config.no_such_stage', exit: 2 });
  });

  test('models that the configuration has not, and two versions of one', async () => {
    expect(await refused('deploy', 'iriss:1')).toMatchObject({
      code: 'usage.unknown_model',
      fix: expect.stringContaining('Did you mean iris?'),
      exit: 2,
    });
    expect(await refused('deploy', 'iris:1', 'iris:2')).toMatchObject({ code: 'usage.repeated_model' });
    expect(await refused('deploy', 'iris@')).toMatchObject({ code: 'reference.invalid' });
  });

  test("options of CDK that would move live past the gates, and passes on the others' checks", async () => {
    const { code: exit, stderr } = await run('deploy', '--json', '--', '--hotswap');
    expect(exit).toBe(2);
    expect(stderr).toContain('usage.cdk_option');
    const others = await run('deploy', 'nobody', '--json', '--', '--verbose', '--tags', 'a=b');
    expect(others.stderr).toContain('usage.unknown_model');
  });

  test('without a region, without credentials', async () => {
    env = { ...env, AWS_REGION: '' };
    expect(await refused('deploy')).toMatchObject({ code: 'aws.no_region', exit: 1 });
    env = { ...env, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    expect(await refused('deploy')).toMatchObject({ code: 'aws.no_credentials' });
  });

  test("credentials of another account than the stage's", async () => {
    configure({ models: { iris: { packaging: 'zip' } }, stages: { dev: { account: '999988887777' } } });
    expect(await refused('deploy')).toMatchObject({
      code: 'deploy.wrong_account',
      message: 'Stage dev belongs to account 999988887777, and the credentials to 111122223333.',
    });
  });

  test('images without Docker', async () => {
    configure({ models: { iris: {}, wine: { packaging: 'zip' } } });
    expect(await refused('deploy')).toMatchObject({
      code: 'deploy.no_docker',
      message: expect.stringMatching(/^iris is packaged as a container image, and `no-such-program version` fails/),
      fix: expect.stringContaining("packaging: 'zip'"),
    });
  });

  test('an account that CDK was never set up in, with the line that does', async () => {
    stacks.clear();
    expect(await refused('deploy')).toMatchObject({
      code: 'deploy.not_bootstrapped',
      fix: expect.stringContaining('`npx cdk bootstrap aws://111122223333/eu-west-1`'),
    });
  });

  test.each([
    ['onnward-dev', 'UPDATE_IN_PROGRESS', 'deploy.busy'],
    ['onnward-dev-registry', 'UPDATE_ROLLBACK_FAILED', 'deploy.stuck'],
  ])('stack %s in %s', async (name, status, code) => {
    stacks.set(name, { name, status });
    expect(await refused('deploy')).toMatchObject({ code, message: expect.stringContaining(name) });
  });

  test('another packaging than the deployed one', async () => {
    lambda.latest.PackageType = 'Image';
    expect(await refused('deploy')).toMatchObject({
      code: 'deploy.packaging',
      fix: expect.stringContaining('Take iris out of the configuration'),
    });
  });

  test('a version that is nowhere', async () => {
    expect(await refused('deploy', 'iris:3')).toMatchObject({ code: 'model.not_found' });
  });
});

describe('onnward deploy asks before it changes anything', () => {
  test('and says what it would do; without a terminal that takes --yes', async () => {
    await onnward(['register', 'iris', inRepository('examples/iris/model.onnx'), '--alias', 'live'], { cwd });
    const { code, stdout, stderr } = await run('deploy');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^dev: account 111122223333, eu-west-1, as arn:aws:iam::111122223333:user\/ada$/m);
    expect(stderr).toMatch(/^ {2}onnward-dev-registry +is made: bucket onnward-dev-111122223333-eu-west-1$/m);
    expect(stderr).toMatch(/^ {2}iris +iris:1 of file:.* is copied to the stage's registry, and goes live$/m);
    expect(stderr).toContain('code: usage.unconfirmed');
    expect(existsSync(join(cwd, 'cdk.out'))).toBe(false);
  });

  test('also where the answer is to be JSON', async () => {
    const { code, stdout, stderr } = await run('deploy', '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage.unconfirmed' } });
  });

  test('of a stage that is there it says what stays', async () => {
    for (const name of ['onnward-dev', 'onnward-dev-registry']) stacks.set(name, { name, status: 'UPDATE_COMPLETE' });
    lambda.versions.set('1', { ...lambda.latest, Version: '1', Environment: { Variables: { ONNWARD_VERSION: '4' } } });
    lambda.point('1');
    const { stderr } = await run('deploy');
    expect(stderr).toMatch(/onnward-dev +is brought up to date$/m);
    expect(stderr).toMatch(/iris +live stays on version 4; a release moves it$/m);
  });

  test('of a model without a version it says so', async () => {
    expect((await run('deploy')).stderr).toMatch(/iris +has no version to go live; it answers 503 until it has$/m);
  });
});

/** The same at a terminal, where a person types `answer` once asked. */
async function atTerminal(command: string, answer: string): Promise<{ code: number | null; output: string }> {
  const line = `stty cols 160 rows 40; exec ${process.execPath} ${inRepository('bin/onnward.ts')} ${command}`;
  const child = spawn(TERMINAL, ['-qec', line, '/dev/null'], { cwd, env: { ...process.env, ...env, TERM: 'xterm' } });
  let output = '';
  let asked = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (asked || !/Deploy\?|Type dev/.test(output)) return;
    asked = true;
    child.stdin.write(answer);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a person at a terminal', () => {
  test.each([
    ['deploy', 'n'],
    ['deploy', '\u0003'],
    ['destroy', 'prod\r'],
    ['destroy', '\r'],
  ])('who answers %s with %j changes nothing', async (command, answer) => {
    for (const name of ['onnward-dev', 'onnward-dev-registry']) stacks.set(name, { name, status: 'CREATE_COMPLETE' });
    const { code, output } = await atTerminal(command, answer);
    expect(output).toContain('code: usage.declined');
    expect(code).toBe(2);
    expect(existsSync(join(cwd, 'cdk.out'))).toBe(false);
  });

  test.each([
    ['deploy', 'y'],
    ['destroy', 'dev\r'],
  ])('who answers %s with %j is taken at the word', async (command, answer) => {
    for (const name of ['onnward-dev', 'onnward-dev-registry']) stacks.set(name, { name, status: 'CREATE_COMPLETE' });
    const { output } = await atTerminal(command, answer);
    expect(output).not.toContain('usage.declined');
    expect(existsSync(join(cwd, 'cdk.out'))).toBe(true);
  });
});

describe('onnward deploy tells why CDK failed', () => {
  test('before CloudFormation, in the words of the app', async () => {
    // The emulated AWS of this test cannot be deployed to: CDK's own first question is answered with nonsense.
    const { code, stderr } = await run('deploy', '--yes', '--json');
    expect(code).toBe(1);
    const { error } = JSON.parse(stderr) as { error: { code: string; fields: { lastLines: string[] } } };
    expect(error.code).toBe('deploy.failed');
    expect(error.fields.lastLines.length).toBeGreaterThan(0);
  });
});

describe('onnward destroy', () => {
  test('of nothing says that there is nothing', async () => {
    const { code, stdout, stderr } = await run('destroy');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Nothing of it is left.\n' });
    expect(stderr).toContain('Nothing is deployed.');
  });

  test('asks for the name of the stage, also with --json', async () => {
    for (const name of ['onnward-dev', 'onnward-dev-registry']) stacks.set(name, { name, status: 'CREATE_COMPLETE' });
    const { code, stderr } = await run('destroy');
    expect(code).toBe(2);
    expect(stderr).toMatch(/onnward-dev is deleted\n {2}onnward-dev-registry is deleted/);
    expect(stderr).toContain('code: usage.unconfirmed');
    expect(await refused('destroy')).toMatchObject({ code: 'usage.unconfirmed' });
  });

  test('waits for what is under way', async () => {
    stacks.set('onnward-dev', { name: 'onnward-dev', status: 'UPDATE_IN_PROGRESS' });
    expect(await refused('destroy', '--yes')).toMatchObject({ code: 'deploy.busy' });
  });
});
