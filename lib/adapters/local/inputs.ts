import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { invalid } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { preprocess } from '#core/model/preprocess.ts';
import type { Signature } from '#core/model/signature.ts';
import type { NamedTensor } from '#core/model/tensor.ts';
import { decodeImage } from '../formats/images.ts';
import { readCsv } from './csv-input.ts';
import { readJson } from './json-input.ts';

/** What a user gave. */
export interface InputRequest {
  /** A request of the Open Inference Protocol in JSON, or its inputs. */
  readonly input: string | readonly NamedTensor[];
  /** What its row is called when the answer is shown. @default - rows are numbered */
  readonly name?: string;
}

/** What of a manifest says how inputs are read. */
export interface InputManifest {
  readonly signature: Signature;
  readonly preprocess?: Manifest['preprocess'];
}

export interface ReadInputsOptions {
  /** Columns of a table that are no input. @default - none */
  readonly drop?: readonly string[];
}

type Reader = (
  bytes: Buffer,
  source: string,
  manifest: InputManifest,
  options: ReadInputsOptions,
) => Iterable<InputRequest>;

const READERS: Readonly<Record<string, Reader>> = { json: readJson, csv: readCsv, image: readImage };

/**
 * Reads files (`-` is standard input) into requests: JSON (a request, or plain values), CSV, PNG and JPEG; by the
 * file's ending, or by its first bytes where that says nothing. Throws `input.*`, and what the kind of file throws.
 */
export async function* readInputs(
  paths: readonly string[],
  manifest: InputManifest,
  options: ReadInputsOptions,
): AsyncGenerator<InputRequest> {
  for (const path of paths) {
    const bytes = await readBytes(path);
    const source = path === '-' ? 'standard input' : path;
    if (bytes.length === 0)
      throw invalid('input.empty', `${source} is empty.`, { fix: 'Give JSON, CSV, PNG or JPEG.' });
    yield* READERS[kindOf(path, bytes)]!(bytes, source, manifest, options);
  }
}

async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin);
  return readFile(path).catch((error: Error) => {
    throw Object.assign(error, { path }); // of a folder, Node does not say which
  });
}

const ENDINGS: Readonly<Record<string, string>> = {
  '.json': 'json',
  '.csv': 'csv',
  '.png': 'image',
  '.jpg': 'image',
  '.jpeg': 'image',
};

function kindOf(path: string, bytes: Buffer): string {
  const known = ENDINGS[extname(path).toLowerCase()];
  if (known) return known;
  if (bytes[0] === 0x89 || bytes[0] === 0xff) return 'image'; // PNG's and JPEG's first byte; neither is UTF-8
  return /^\s*[[{]/.test(bytes.subarray(0, 64).toString('latin1')) ? 'json' : 'csv';
}

function* readImage(bytes: Buffer, source: string, manifest: InputManifest): Generator<InputRequest> {
  yield { input: [preprocess(decodeImage(bytes, source), manifest)], name: basename(source) };
}
