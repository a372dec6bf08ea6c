import type { Stats } from 'node:fs';
import { access, constants, lstat, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { invalid, OnnwardError } from '#core/errors.ts';
import { readGraph } from '#core/model/graph.ts';
import { MANIFEST_PATH } from '#core/model/manifest.ts';
import { pathProblem } from '#core/model/paths.ts';
import { sha256OfFile } from './hash.ts';

interface ArtifactFile {
  /** Within the folder, `/` between segments. */
  readonly path: string;
  readonly size: number;
  readonly absolutePath: string;
}

/** A user's model as it lies on this machine, before it is registered. */
export interface Artifact {
  /** Absolute path. */
  readonly folder: string;
  /** Path of the graph within it. */
  readonly graph: string;
  /** The graph first, then the others by path. */
  readonly files: readonly ArtifactFile[];
}

/** Protobuf's own limit, bytes. */
const MAX_GRAPH_BYTES = 2 ** 31 - 1;

/** More than any model has; a home folder named by mistake has more. */
const MAX_FILES = 1000;

/**
 * The files of the model at `path`: of an .onnx file itself and the external data that it names, of a folder everything
 * in it, its one graph being at the top. The named path may be a symbolic link; nothing below it may be one.
 * Throws `artifact.*`, and `model.unreadable` or `model.external_path` for what the graph says.
 */
export async function openArtifact(path: string): Promise<Artifact> {
  const absolute = resolve(path);
  const stats = await reading(path, () => stat(absolute));
  if (stats.isDirectory()) return openFolder(absolute);
  if (!stats.isFile()) throw notAFile(path);
  const [folder, graph] = [dirname(absolute), basename(absolute)];
  if (!isGraph(graph)) {
    throw refused('not_onnx', absolute, 'is not an .onnx file', 'Export the model to ONNX and name that file.');
  }
  const file = await checked(folder, graph, stats);
  const weights = await externalFiles(file);
  const files = await Promise.all(weights.map((weight) => externalFile(folder, graph, weight)));
  return { folder, graph, files: [file, ...files] };
}

/** Lower-case hex SHA-256 of the file; `onBytes` hears how many more bytes have been read. */
export const hashFile = (path: string, onBytes?: (bytes: number) => void): Promise<string> =>
  reading(path, () => sha256OfFile(path, onBytes));

const isGraph = (name: string): boolean => name.toLowerCase().endsWith('.onnx');

async function openFolder(folder: string): Promise<Artifact> {
  const graph = await findGraph(folder);
  const paths = await filesBelow(folder);
  const files = await Promise.all(
    paths.map(async (path) => checked(folder, path, await reading(path, () => lstat(join(folder, path))))),
  );
  const isFirst = ({ path }: ArtifactFile) => path === graph;
  const file = files.find(isFirst) as ArtifactFile;
  const missing = (await externalFiles(file)).find((path) => !paths.includes(path));
  if (missing !== undefined) throw missingWeights(graph, missing);
  return { folder, graph, files: [file, ...files.filter((other) => !isFirst(other))] };
}

async function findGraph(folder: string): Promise<string> {
  const entries = await reading(folder, () => readdir(folder, { withFileTypes: true }));
  const named = entries.filter(({ name }) => isGraph(name));
  const graphs = named.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (graphs.length === 1) return graphs[0] as string;
  if (graphs.length === 0) {
    const aside = named[0] ? ` ("${named[0].name}" there is a folder)` : '';
    throw refused('no_graph', folder, `has no .onnx file at its top level${aside}`, 'Name the .onnx file itself.');
  }
  const list = graphs.sort().slice(0, 10).join(', ') + (graphs.length > 10 ? ', …' : '');
  throw refused('many_graphs', folder, `has ${graphs.length} .onnx files: ${list}`, 'Name one of them.');
}

/** Paths of all files, in order. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (inner: string): Promise<void> => {
    const at = join(folder, inner);
    for (const entry of await reading(at, () => readdir(at, { withFileTypes: true }))) {
      const path = inner ? `${inner}/${entry.name}` : entry.name;
      if (entry.isDirectory()) {
        checkName(folder, path);
        await walk(path);
      } else if (found.push(path) > MAX_FILES) throw tooMany(folder);
    }
  };
  await walk('');
  return found.sort();
}

function checkName(folder: string, path: string): void {
  const absolute = join(folder, path);
  if (basename(path).startsWith('.')) {
    throw refused('hidden', absolute, 'is hidden', 'Remove it, or name the .onnx file instead of the folder.');
  }
  if (path === MANIFEST_PATH) {
    throw refused('reserved', absolute, "has the name of the registry's own manifest", 'Rename it.');
  }
  const problem = pathProblem(path);
  if (problem) throw refused('name', absolute, problem, 'Rename it.');
}

/** The file, once it is known to be a regular one, whole enough to read. */
async function checked(folder: string, path: string, stats: Stats): Promise<ArtifactFile> {
  const absolutePath = join(folder, path);
  checkName(folder, path);
  if (stats.isSymbolicLink()) {
    throw refused('symlink', absolutePath, 'is a symbolic link', 'Copy the file itself to its place (cp -L).');
  }
  if (!stats.isFile()) throw notAFile(absolutePath);
  await reading(absolutePath, () => access(absolutePath, constants.R_OK));
  return { path, size: stats.size, absolutePath };
}

async function externalFiles({ absolutePath, size }: ArtifactFile): Promise<readonly string[]> {
  if (size === 0) throw refused('empty', absolutePath, 'is empty', 'Export or copy the model again.');
  if (size > MAX_GRAPH_BYTES) {
    throw refused(
      'too_large',
      absolutePath,
      `has ${size} bytes, more than the ${MAX_GRAPH_BYTES} that protobuf can hold`,
      'Save it with external data: onnx.save_model(…, save_as_external_data=True).',
    );
  }
  const bytes = await reading(absolutePath, () => readFile(absolutePath));
  return readGraph(bytes, absolutePath).externalData;
}

async function externalFile(folder: string, graph: string, path: string): Promise<ArtifactFile> {
  const absolute = join(folder, path);
  const stats = await lstat(absolute).catch(() => undefined);
  if (!stats) throw missingWeights(graph, path);
  return checked(folder, path, stats);
}

/** Runs what touches the file system, and says in our words what the system refused. */
async function reading<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof OnnwardError) throw cause;
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    const options = { cause, fields: { path, system: code } };
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new OnnwardError(`there is no ${path}`, { ...options, code: 'artifact.not_found', kind: 'not-found' });
    }
    throw invalid('artifact.unreadable', `${path} cannot be read (${code})`, {
      ...options,
      fix: 'Check its permissions.',
    });
  }
}

const refused = (what: string, path: string, problem: string, fix: string): OnnwardError =>
  invalid(`artifact.${what}`, `${path} ${problem}`, { fix, fields: { path } });

const notAFile = (path: string): OnnwardError =>
  refused('not_a_file', path, 'is neither a file nor a folder', 'Name an .onnx file, or a folder that holds one.');

const tooMany = (folder: string): OnnwardError =>
  refused('too_many', folder, `has more than ${MAX_FILES} files`, 'Name the .onnx file instead of the folder.');

const missingWeights = (graph: string, path: string): OnnwardError =>
  invalid('artifact.missing', `${graph} keeps weights in ${path}, and that file is not beside it`, {
    fix: `Put ${path} into the folder of ${graph}.`,
    fields: { graph, path },
  });
