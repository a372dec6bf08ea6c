import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { Functions } from '../support/lambda.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';

const IRIS = join(REPOSITORY, 'examples', 'iris', 'model.onnx');
const settings = { architecture: 'x86_64', packaging: 'zip', memory: 512, bake: true } as const;

let aws: EmulatedAws;
let project: Project;
let functions: Functions;

beforeAll(async () => {
  aws = await EmulatedAws.start();
  project = new Project(aws, 'project', { models: { iris: settings } });
  functions = new Functions(aws, 'dev');
  await project.cdk.bootstrap();
});

afterAll(async () => {
  functions?.close();
  await aws?.stop();
});

/** The version that the function which was deployed last has in it, as its tag says. */
function baked(): string | undefined {
  const path = join(project.folder, 'cdk.out', 'onnward-dev.template.json');
  const { Resources } = JSON.parse(readFileSync(path, 'utf8')) as { Resources: Record<string, Resource> };
  const found = Object.values(Resources).find(({ Properties }) => Properties?.FunctionName === 'onnward-dev-iris');
  return found?.Properties?.Tags?.find(({ Key }) => Key === 'onnward:baked-version')?.Value;
}

interface Resource {
  readonly Properties?: {
    readonly FunctionName?: string;
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  };
}

test("what is baked has the number that the stage's registry gave it, not the one at hand", async () => {
  for (let version = 1; version <= 3; version++) await project.onnward('register', 'iris', IRIS);
  await project.onnward('alias', 'iris', 'live', '3');
  // The emulator unpacks functions elsewhere than in /var/task, where a baked one looks: it goes as far as that.
  const { status, stdout } = await project.tryOnnward('deploy', '--json');
  expect(status).toBe(1);
  expect(stdout).toMatch(/503 the model is not ready: There is no iris:1/);
  expect(baked()).toBe('1');
  expect(await functions.facts('iris', '1')).toMatchObject({ environment: { ONNWARD_VERSION: '1' } });
  expect(await functions.live('iris')).toBe('$LATEST');
});

test('again nothing is built, and nothing published', async () => {
  const before = await functions.facts('iris', '$LATEST');
  await project.tryOnnward('deploy', '--json');
  expect(await functions.facts('iris', '$LATEST')).toEqual(before);
  await expect(functions.facts('iris', '2')).rejects.toThrow();
});
