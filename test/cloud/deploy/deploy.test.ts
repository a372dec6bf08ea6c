import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import type { Config } from '#config/config.ts';
import { encodeGolden } from '#core/model/golden.ts';
import { Registry } from '#core/registry/registry.ts';
import { fixture, floats } from '../../support/models.ts';
import { draft, source } from '../../support/versions.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { Functions } from '../support/lambda.ts';
import { ONNWARD, REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';

const STORE = 's3://onnward-dev-000000000000-us-east-1';
const IRIS = join(REPOSITORY, 'examples', 'iris', 'model.onnx');

/** What these machines take: zip packages of their own architecture. */
const here = { architecture: 'x86_64', packaging: 'zip', memory: 512 } as const;
const config = (models: Config['models'] = { iris: here, digits: here }): Config => ({ models, stages: { dev: {} } });

let aws: EmulatedAws;
let project: Project;
let functions: Functions;
let registry: Registry;

beforeAll(async () => {
  aws = await EmulatedAws.start();
  project = new Project(aws, 'project', config());
  functions = new Functions(aws, 'dev');
  registry = new Registry(S3Store.open(STORE, aws.config), { clock: Date.now, actor: 'test' });
  await project.cdk.bootstrap();
  await project.onnward('register', 'iris', IRIS, '--alias', 'live');
});

afterAll(async () => {
  functions?.close();
  await aws?.stop();
});

interface Document {
  readonly unchanged: boolean;
  readonly store: string;
  readonly models: readonly { readonly name: string; readonly state: string; readonly live: number | null }[];
}

const deployed = async (...args: string[]): Promise<Document> =>
  JSON.parse(await project.onnward('deploy', ...args, '--json')) as Document;

describe('onnward deploy', () => {
  test('makes the stage, copies what is live at hand, and makes it live; a model without a version is told of', async () => {
    const document = await deployed();
    expect(document).toMatchObject({ stage: 'dev', account: '000000000000', store: STORE, unchanged: false });
    expect(document.models).toEqual([
      { name: 'iris', state: 'pointed', live: 1, copied: true, function: '1', golden: { compared: 1, skipped: 0 } },
      { name: 'digits', state: 'unreleased', live: null, copied: false },
    ]);
    expect([await functions.live('iris'), await functions.live('digits')]).toEqual(['1', '$LATEST']);
  });

  test('records who made it live and why, and where the copy comes from', async () => {
    const { provenance } = await registry.manifest('iris', 1);
    expect(provenance['copiedFrom']).toMatchObject({ store: expect.stringMatching(/^file:.*\.onnward$/), version: 1 });
    const [registered, pointed] = await Array.fromAsync(registry.history('iris'));
    expect(registered).toMatchObject({ action: 'register', why: expect.stringContaining('iris:1 of file:') });
    const actor = 'arn:aws:iam::000000000000:root';
    expect(pointed).toMatchObject({
      action: 'alias',
      alias: 'live',
      to: 1,
      actor,
      why: expect.stringContaining('onnward-dev-iris'),
    });
  });

  test('again does nothing', async () => {
    const before = await functions.facts('iris', '$LATEST');
    const output = await project.onnward('deploy');
    expect(output).toMatch(/^Nothing|unchanged +1$/m);
    expect(output).toContain(`onnward register digits PATH --store ${STORE}`);
    expect(output).toMatch(/\| onnward invoke iris --remote --input -$/m);
    expect(await functions.facts('iris', '$LATEST')).toEqual(before);
    expect(await Array.fromAsync(registry.history('iris'))).toHaveLength(2);
  });

  test('makes a version live that is named, where none is', async () => {
    await project.onnward('register', 'digits', join(REPOSITORY, 'examples', 'digits', 'model.onnx'), '--store', STORE);
    const nothing = await project.onnward('deploy');
    expect(nothing).toMatch(/digits +unreleased.*has versions 1, none live\. Next: onnward deploy digits:1/);
    expect((await deployed('digits:1')).models[1]).toMatchObject({ state: 'pointed', live: 1, function: '1' });
    expect(await registry.alias('digits', 'live')).toMatchObject({ version: 1 });
  });

  test('moves no live that stands: neither by a name, nor with new code and settings', async () => {
    await project.onnward('register', 'iris', IRIS, '--store', STORE);
    const { status, output } = await project.tryOnnward('deploy', 'iris:2', '--json');
    expect(status).toBe(1);
    expect(output).toContain('deploy.live_stands');
    project.configure(config({ iris: { ...here, memory: 1024 }, digits: here }));
    expect((await deployed('iris:1')).models[0]).toMatchObject({ state: 'unchanged', live: 1 });
    expect(await functions.live('iris')).toBe('1');
    expect(await functions.facts('iris', '$LATEST')).toMatchObject({ memory: 1024 });
  });

  test('makes nothing live that answers otherwise than it was recorded, and goes on with the others', async () => {
    const { folder, graph } = fixture('identity_fp32');
    const tensor = { datatype: 'FP32' as const, shape: [-1, -1] };
    const signature = { inputs: [{ name: 'x', ...tensor }], outputs: [{ name: 'y', ...tensor }], unserved: [] };
    const golden = encodeGolden([{ inputs: [floats([1, 1], [1])], outputs: [floats([1, 1], [2])] }], signature);
    const sources = [source(graph, readFileSync(join(folder, graph)))];
    await registry.register('echo', draft('', { graph, signature, golden, sources }));
    project.configure(config({ echo: here, iris: here, digits: here }));
    const { status, stdout, output } = await project.tryOnnward('deploy', 'echo:1', '--json');
    expect(status).toBe(1);
    expect(output).toContain('deploy.incomplete');
    const { models } = JSON.parse(stdout) as Document;
    expect(models.map(({ name, state }) => [name, state])).toEqual([
      ['echo', 'failed'],
      ['iris', 'unchanged'],
      ['digits', 'unchanged'],
    ]);
    expect(models[0]).toMatchObject({ error: { code: 'publish.golden', fields: { expected: '2', actual: '1' } } });
    expect(await functions.live('echo')).toBe('$LATEST');
    expect(await registry.alias('echo', 'live')).toBeUndefined();
  });

  test('refuses another packaging before anything is changed', async () => {
    project.configure(config({ iris: { ...here, packaging: 'image' }, digits: here }));
    const { output } = await project.tryOnnward('deploy', '--json');
    expect(output).toMatch(/deploy\.(packaging|no_docker)/);
    project.configure(config());
  });

  test('that is ended passes that on, and says that CloudFormation goes on', async () => {
    const child = spawn(process.execPath, [ONNWARD, 'deploy', '--yes'], {
      env: aws.environment,
      cwd: project.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const begun = Promise.withResolvers<void>();
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/Synthesis time/.test(said)) begun.resolve();
    });
    await begun.promise;
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(said).toMatch(/error: You ended it; what CloudFormation has begun, it goes on with\./);
    expect(said).toContain('onnward status --stage dev');
  });
});

describe('onnward destroy', () => {
  test('deletes what can be made anew, and names what is left', async () => {
    const { status, output } = await project.tryOnnward('destroy');
    expect(status).toBe(2);
    expect(output).toContain('usage.unconfirmed');
    const said = await project.onnward('destroy', '--yes');
    expect(said).toMatch(/^destroyed onnward-dev\ndestroyed onnward-dev-registry$/m);
    expect(said).toContain(`What is left: ${STORE} with 3 models, 4 versions, and their history`);
    expect(await registry.versions('iris')).toEqual([1, 2]);
    await expect(functions.live('iris')).rejects.toThrow();
  });

  test('of what is gone does nothing', async () => {
    const document = JSON.parse(await project.onnward('destroy', '--json')) as object;
    expect(document).toMatchObject({ destroyed: [], kept: { store: STORE, models: 3, versions: 4 } });
  });

  test('can be undone: a deployment takes up the bucket, and goes live with what it records', async () => {
    const { models } = await deployed();
    expect(models).toMatchObject([
      { name: 'iris', state: 'pointed', live: 1, copied: false },
      { name: 'digits', state: 'pointed', live: 1 },
    ]);
    expect(await registry.versions('iris')).toEqual([1, 2]);
  });
});
