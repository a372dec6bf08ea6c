import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { hashOfFile, type StagedFile } from './files.ts';
import { licenceTexts, unique } from './packages.ts';
import { root } from './root.ts';
import { onnxRuntime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';

const SOURCE = 'functions/batch/container';
const DOCKERFILE = join(root, SOURCE, 'Dockerfile');
const DEFINITION = 'batch/batch.asl.json';

/** The code finds workflow files at `../../../core/` of where it lies, in an image as in the sources. */
const MAIN = 'lib/local/workflow/main';

/** The image that scores a whole job, as the context that it is built from, for x86_64. Throws `packaging.bundle`, `packaging.no_runtime`. */
export function stageBatchImage(): StagedCode {
  const runtime = onnxRuntime('x86_64');
  const verbatim = [DOCKERFILE, join(root, 'lib/core', DEFINITION)];
  return stage({
    name: 'batch-image',
    inputs: new Map([...runtime.inputs, ...verbatim.map((path) => [path, hashOfFile(path) ?? ''] as const)]),
    make: () => {
      const { files, sources, packages } = bundle({ [MAIN]: `${SOURCE}/main.ts` });
      const licensed = unique([...packages, ...runtime.packages]);
      const bill = Buffer.from(`${JSON.stringify(softwareBill(licensed, runtime), null, 2)}\n`);
      const task: StagedFile[] = [
        ...files,
        { path: `core/${DEFINITION}`, from: join(root, 'lib/core', DEFINITION) },
        { path: 'sbom.cdx.json', from: bill },
        { path: 'licences.txt', from: Buffer.from(licenceTexts(licensed)) },
      ];
      return {
        files: [...within('runtime', runtime.files), ...within('task', task), { path: 'Dockerfile', from: DOCKERFILE }],
        sources,
      };
    },
  });
}

const within = (folder: string, files: readonly StagedFile[]): StagedFile[] =>
  files.map(({ path, from }) => ({ path: `${folder}/${path}`, from }));
