import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { OnnwardError } from '#core/errors.ts';
import { filesBelow, hashOfFile, type Inputs, type StagedFile } from './files.ts';
import { type BundledPackage, readPackage } from './packages.ts';
import { root } from './root.ts';

/** As AWS names them. */
export type Architecture = 'arm64' | 'x86_64';

/** As Node names them. */
const NODE_NAMES: Readonly<Record<Architecture, string>> = { arm64: 'arm64', x86_64: 'x64' };

/** ONNX Runtime for one architecture of Linux, on CPUs: a sixth of what the package holds. */
export interface Runtime {
  readonly files: readonly StagedFile[];
  readonly inputs: Inputs;
  readonly packages: readonly BundledPackage[];
}

const known = new Map<Architecture, Runtime>();

/** Throws `packaging.no_runtime` where the package was installed without that architecture's library. */
export function onnxRuntime(architecture: Architecture): Runtime {
  const runtime = known.get(architecture) ?? read(architecture);
  known.set(architecture, runtime);
  return runtime;
}

function read(architecture: Architecture): Runtime {
  const node = packageFolder('onnxruntime-node');
  const common = packageFolder('onnxruntime-common', join(node, 'package.json'));
  const native = `/linux/${NODE_NAMES[architecture]}/`;
  const library = (path: string) => path.includes(native) && /\.(?:node|so\.1)$/.test(path);
  const files = [
    ...pick(node, 'onnxruntime-node', (path) => code(path) || library(path)),
    ...pick(common, 'onnxruntime-common', (path) => path.startsWith('dist/cjs/') && code(path)),
  ];
  if (files.filter(({ path }) => library(path)).length < 2) throw missing(architecture, node);
  return {
    files,
    inputs: new Map(files.map(({ path, from }) => [path, hashOfFile(from as string) ?? ''])),
    packages: [node, common].map((folder) => readPackage(relative(root, folder).split(sep).join('/'))),
  };
}

const code = (path: string): boolean => /^dist\/(?:cjs\/)?[^/]+\.js(?:on)?$/.test(path);

/** What is needed of a package, its description, and its licence where it ships one. */
const pick = (folder: string, name: string, needed: (path: string) => boolean): StagedFile[] =>
  filesBelow(folder)
    .filter((path) => path === 'package.json' || /^(?:licen[cs]e|notice|third)[^/]*$/i.test(path) || needed(path))
    .map((path) => ({ path: `node_modules/${name}/${path}`, from: join(folder, path) }));

/** Not by `name/package.json`, which a package need not export. */
function packageFolder(name: string, from: string = import.meta.url): string {
  let folder = dirname(createRequire(from).resolve(name));
  while (!existsSync(join(folder, 'package.json')) || !folder.endsWith(name)) folder = dirname(folder);
  return folder;
}

const missing = (architecture: Architecture, folder: string): OnnwardError =>
  new OnnwardError(`ONNX Runtime for ${architecture} is not in ${folder}`, {
    code: 'packaging.no_runtime',
    kind: 'not-found',
    fix: "Install the packages again with 'npm ci': onnxruntime-node ships the libraries of all its architectures.",
    fields: { architecture, folder },
  });
