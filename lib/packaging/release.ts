import { relative, resolve } from 'node:path';
import { gateFile, RELEASE_MODELS_FILE } from '#core/deployment/names.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { bundle } from './bundle.ts';
import { licenceTexts, unique } from './packages.ts';
import { root } from './root.ts';
import { type Architecture, onnxRuntime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';
import { withOptions } from './with-options.ts';

const SOURCE = 'functions/release';

export interface ReleaseCodeOptions {
  readonly architecture: Architecture;
  /** Paths of modules that are gates, as the configuration has them. @default - none */
  readonly gates?: readonly string[];
  /** The folder that they are named from. @default - the one that this process runs in */
  readonly folder?: string;
  /** By its name, what the configuration says of the releases of each model. @default - none is released */
  readonly models?: Readonly<Record<string, ReleaseOptions>>;
}

/**
 * The function of releases with ONNX Runtime for one architecture, as the folder of a zip: `handler.handler`. Each gate
 * is a module of its own, at `gateFile` of its path; the models' options are `models.json`, as a function's environment
 * has room for few. Throws `packaging.bundle`, `packaging.no_runtime`.
 */
export function stageRelease({ models = {}, ...options }: ReleaseCodeOptions): StagedCode {
  const name = `release-${options.architecture}`;
  return withOptions(stageCode(options), { name, file: RELEASE_MODELS_FILE, models });
}

/** What is the same whatever the models' options are. */
function stageCode({ architecture, gates = [], folder = '.' }: Omit<ReleaseCodeOptions, 'models'>): StagedCode {
  const runtime = onnxRuntime(architecture);
  const modules = [...new Set(gates)].sort().map((gate) => [gateFile(gate), relative(root, resolve(folder, gate))]);
  return stage({
    name: `release-code-${architecture}`,
    inputs: new Map([...runtime.inputs, ...modules.map(([file, path]) => [`gate ${file}`, path] as [string, string])]),
    make: () => {
      const entries = modules.map(([file = '', path = '']) => [file.replace(/\.mjs$/, ''), entryOf(path)] as const);
      const points = { handler: `${SOURCE}/handler.ts`, ...Object.fromEntries(entries) };
      // A rollback waits for what it takes, and for nothing else.
      const { files, sources, packages } = bundle(points, { splitting: true });
      const licensed = unique([...packages, ...runtime.packages]);
      const bill = Buffer.from(`${JSON.stringify(softwareBill(licensed, runtime), null, 2)}\n`);
      const papers = [
        { path: 'sbom.cdx.json', from: bill },
        { path: 'licences.txt', from: Buffer.from(licenceTexts(licensed)) },
      ];
      return { files: [...runtime.files, ...files, ...papers], sources };
    },
  });
}

/** A path without a leading dot would be taken for a package's name. */
const entryOf = (path: string): string => (path.startsWith('.') ? path : `./${path}`);
