import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { plainInputs } from '#core/model/plain.ts';
import type { Signature } from '#core/model/signature.ts';
import { tableRequests } from '#core/model/table.ts';
import { didYouMean } from '#core/nearest.ts';

/** What a user gave, as a request of the Open Inference Protocol. */
export interface InputRequest {
  /** JSON. */
  readonly body: string;
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

const READERS: Readonly<Record<string, Reader>> = { json: readJson, csv: readCsv };

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
  return path === '-' ? buffer(process.stdin) : readFile(path);
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

function* readJson(bytes: Buffer, source: string, { signature }: InputManifest): Generator<InputRequest> {
  const text = bytes.toString('utf8');
  const value = parseJson(text, source);
  yield { body: isRequest(value) ? text : JSON.stringify({ inputs: plainInputs(signature, value) }) };
}

/** Integers beyond 2^53 keep their digits through JSON.stringify. */
function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? rawJson(context?.source ?? '') : value,
    );
  } catch (error) {
    const where = /line \d+ column \d+/.exec((error as Error).message)?.[0];
    throw invalid('input.json', `${source} is not JSON${where ? `: look at ${where}` : ''}.`, {
      fix: 'Give a request ({"inputs": […]}), {"input": values}, or just the values of the only input.',
    });
  }
}

// Not yet among TypeScript's types.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

const isRequest = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'inputs' in value &&
  Array.isArray(value.inputs) &&
  value.inputs.every(isObject);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function* readCsv(
  bytes: Buffer,
  source: string,
  { signature }: InputManifest,
  { drop = [] }: ReadInputsOptions,
): Generator<InputRequest> {
  for (const body of tableRequests(signature, without(drop, parseCsv(bytes, source), source))) yield { body };
}

function parseCsv(bytes: Buffer, source: string): string[][] {
  try {
    return parse(bytes, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw invalid('input.csv', `${source} is not CSV: ${(error as Error).message}.`, {
      fix: 'Every line needs as many cells as the first; quote cells that hold a comma.',
    });
  }
}

function without(drop: readonly string[], table: string[][], source: string): string[][] {
  if (drop.length === 0) return table;
  const heading = table[0] ?? [];
  const unknown = drop.find((name) => !heading.includes(name));
  if (unknown !== undefined) {
    throw invalid('input.column', `${source} has no column '${unknown}'.${didYouMean(unknown, heading)}`, {
      fix: `Its columns are: ${heading.join(', ')}.`,
    });
  }
  return table.map((row) => row.filter((_, index) => !drop.includes(heading[index]!)));
}
