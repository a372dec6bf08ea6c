import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withClaim } from '#adapters/local/claim.ts';
import { type Registration, registerFiles } from '#adapters/local/registration.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { plainInputs } from '#core/model/plain.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { Registry } from '#core/registry/registry.ts';
import { recordGolden } from '#serving/in-process.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';

/** What a folder of examples/ says of its model, in example.json. */
interface Example extends Pick<Manifest, 'name' | 'task' | 'labels' | 'preprocess' | 'metrics'> {
  /** The folder. */
  readonly path: string;
  /** File name of the graph. */
  readonly model: string;
  /** Values by input, a case each. */
  readonly golden: readonly unknown[];
}

const FOLDER = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Registers the example models that this registry lacks and makes them live; once, however many processes begin it. */
export async function registerExamples({ registry, store }: Workplace): Promise<void> {
  const examples = readExamples();
  const isMissing = async ({ name }: Example): Promise<boolean> => (await registry.alias(name, 'live')) === undefined;
  const some = await Promise.all(examples.map(isMissing));
  if (!some.includes(true)) return;
  await withClaim(store, 'examples/claim.json', async () => {
    for (const example of examples) if (await isMissing(example)) await makeLive(registry, example);
  });
}

async function makeLive(registry: Registry, example: Example): Promise<void> {
  const { name } = example;
  const versions = (await registry.models()).includes(name) ? await registry.versions(name) : [];
  const latest = versions.at(-1);
  if (latest === undefined) {
    say(`Registering the example model ${name}.`);
    await registerFiles({ registry, engine: createEngine({ workers: 0 }) }, registrationOf(example));
  } else if ((await registry.manifest(name, latest)).provenance['example'] === true) {
    await registry.setAlias(name, 'live', latest); // whoever registered it died before this
  }
}

function registrationOf({ name, path, model, golden, ...description }: Example): Registration {
  return {
    name,
    path: join(path, model),
    alias: 'live',
    provenance: { source: 'example', example: true },
    describe: () => description,
    record: (loaded) => recordGolden(loaded, bodies(loaded, golden)),
  };
}

async function* bodies({ signature }: LoadedModel, golden: readonly unknown[]): AsyncGenerator<string> {
  for (const values of golden) yield JSON.stringify({ inputs: plainInputs(signature, values) });
}

function readExamples(): Example[] {
  const files = globSync('*/example.json', { cwd: FOLDER }).sort();
  return files.map((file) => ({
    ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Omit<Example, 'path'>),
    path: join(FOLDER, dirname(file)),
  }));
}
