import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { hashOfFile } from './files.ts';
import { licenceTexts } from './packages.ts';
import { root } from './root.ts';
import type { Runtime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';

const SOURCE = 'functions/training/container';
const DOCKERFILE = join(root, SOURCE, 'Dockerfile');

/** Nothing of it is native. */
const NO_RUNTIME: Runtime = { files: [], inputs: new Map(), packages: [] };

/**
 * The image of what runs around a trainer's container, as the context that it is built from: its commands are `fetch` and
 * `agent`. It holds nothing of any architecture. Throws `packaging.bundle`.
 */
export function stageTrainingImage(): StagedCode {
  return stage({
    name: 'training-image',
    inputs: new Map([['Dockerfile', hashOfFile(DOCKERFILE) ?? '']]),
    make: () => {
      // Neither container loads what only the other one needs, nor AWS's clients for a store that is a folder.
      const { files, sources, packages } = bundle({ main: `${SOURCE}/main.ts` }, { splitting: true });
      const bill = Buffer.from(`${JSON.stringify(softwareBill(packages, NO_RUNTIME), null, 2)}\n`);
      const task = [
        ...files,
        { path: 'sbom.cdx.json', from: bill },
        { path: 'licences.txt', from: Buffer.from(licenceTexts(packages)) },
      ];
      return {
        files: [
          ...task.map(({ path, from }) => ({ path: `task/${path}`, from })),
          { path: 'Dockerfile', from: DOCKERFILE },
        ],
        sources,
      };
    },
  });
}
