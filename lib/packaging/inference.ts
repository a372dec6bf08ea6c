import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invalid } from '#core/errors.ts';
import { bundle, type Bundle } from './bundle.ts';
import { filesBelow, hashOfFile, type Inputs, inputsBelow, type StagedFile } from './files.ts';
import { licenceTexts, unique } from './packages.ts';
import { root } from './root.ts';
import { type Architecture, onnxRuntime, type Runtime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';

/** What of the inference function is to be packaged, and how. */
export interface InferenceOptions {
  readonly architecture: Architecture;
  /** A folder of code for a zip, or the context of an image. */
  readonly packaging: 'zip' | 'image';
  /** Folder of a `file:` store whose versions go along, as `registry` beside the code. @default - models come from a store */
  readonly baked?: string;
}

/** Where the code lies, in Lambda as in any container. */
const TASK_ROOT = '/var/task';

/** What `ONNWARD_STORE` is where the model is baked in. */
export const BAKED_STORE = `file:${TASK_ROOT}/registry`;

const SOURCE = 'functions/inference';

/** What runs besides Lambda's handler in an image; the pool of threads finds its script by the name in `package.json`. */
const IMAGE_ENTRIES = {
  serve: `${SOURCE}/serve.ts`,
  health: `${SOURCE}/health.ts`,
  worker: 'lib/adapters/onnx/worker.ts',
};
const PACKAGE = { type: 'module', imports: { '#adapters/onnx/worker.ts': './worker.mjs' } };

/** What an image takes as it is. */
const VERBATIM = ['Dockerfile', 'entrypoint.sh'];

/**
 * The inference function with ONNX Runtime for one architecture. A zip is the folder itself, `handler.handler`; an image's
 * context has it as `task/`, what seldom changes apart from it as `runtime/`, and the Dockerfile.
 * Throws `packaging.bundle`, `packaging.no_runtime`, `packaging.not_a_store`.
 */
export function stageInference({ architecture, packaging, baked }: InferenceOptions): StagedCode {
  const runtime = onnxRuntime(architecture);
  const models = baked === undefined ? [] : bakedFiles(baked);
  return stage({
    name: `inference-${packaging}-${architecture}`,
    inputs: new Map([...runtime.inputs, ...bakedInputs(baked), ...(packaging === 'image' ? verbatimInputs() : [])]),
    make: () => {
      const bundled = bundle({ handler: `${SOURCE}/handler.ts`, ...(packaging === 'image' && IMAGE_ENTRIES) });
      const task = [...bundled.files, ...papers(bundled, runtime), ...models];
      const files = packaging === 'zip' ? [...runtime.files, ...task] : context(runtime.files, task);
      return { files, sources: bundled.sources };
    },
  });
}

const context = (runtime: readonly StagedFile[], task: readonly StagedFile[]): StagedFile[] => [
  ...within('runtime', runtime),
  ...within('task', [
    ...task,
    json('package.json', PACKAGE),
    { path: 'entrypoint.sh', from: join(root, SOURCE, 'entrypoint.sh') },
  ]),
  { path: 'Dockerfile', from: join(root, SOURCE, 'Dockerfile') },
];

/** What is in it, and under which licences. */
function papers(bundled: Bundle, runtime: Runtime): StagedFile[] {
  const packages = unique([...bundled.packages, ...runtime.packages]);
  return [
    json('sbom.cdx.json', softwareBill(packages, runtime)),
    { path: 'licences.txt', from: Buffer.from(licenceTexts(packages)) },
  ];
}

function bakedFiles(folder: string): StagedFile[] {
  if (!existsSync(join(folder, 'models'))) {
    throw invalid('packaging.not_a_store', `${folder} is to be baked in, and has no models/ as a store has`, {
      fields: { folder },
    });
  }
  return within(
    'registry',
    filesBelow(folder).map((path) => ({ path, from: join(folder, path) })),
  );
}

const bakedInputs = (folder: string | undefined): Inputs =>
  folder === undefined ? new Map() : inputsBelow(folder, 'registry');

const verbatimInputs = (): Inputs =>
  new Map(VERBATIM.map((name) => [name, hashOfFile(join(root, SOURCE, name)) ?? '']));

const within = (folder: string, files: readonly StagedFile[]): StagedFile[] =>
  files.map(({ path, from }) => ({ path: `${folder}/${path}`, from }));

const json = (path: string, value: object): StagedFile => ({
  path,
  from: Buffer.from(`${JSON.stringify(value, null, 2)}\n`),
});
