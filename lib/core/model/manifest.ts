import * as v from 'valibot';
import { invalid, OnnwardError } from '../errors.ts';
import { DATATYPE_NAMES, type Datatype } from './datatypes.ts';
import { pathProblem } from './paths.ts';

const text = v.pipe(v.string(), v.minLength(1));
const finite = v.pipe(v.number(), v.finite());
const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const dimension = v.pipe(v.number(), v.integer(), v.minValue(-1));
const datatype = v.picklist(DATATYPE_NAMES as readonly [Datatype, ...Datatype[]]);

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const file = v.looseObject({ path: text, sha256, size });

const tensorSpec = v.looseObject({
  name: text,
  datatype,
  shape: v.pipe(v.array(dimension), v.description('-1 is a dimension that may vary.')),
  dimensions: v.optional(v.pipe(v.array(v.string()), v.description('The names that the graph gives them, or "".'))),
});

const signature = v.looseObject({
  inputs: v.array(tensorSpec),
  outputs: v.array(tensorSpec),
  unserved: v.pipe(
    v.array(v.looseObject({ name: v.string(), reason: text, cure: text })),
    v.description('Outputs of the graph that cannot be served, with why and the cure.'),
  ),
});

const recordedTensor = v.pipe(
  v.looseObject({
    name: text,
    datatype,
    shape: v.array(size),
    raw: v.optional(v.pipe(v.string(), v.description('base64 of little-endian elements, exact to the bit.'))),
    data: v.optional(v.pipe(v.array(v.string()), v.description('The texts of a BYTES tensor.'))),
  }),
  v.description('A tensor in a document.'),
);

const baselineProfile = v.looseObject({
  key: v.pipe(
    v.string(),
    v.regex(/^baselines\/[^/]+\/[0-9a-f]{64}\.profile$/),
    v.description('Of the store, not of the version.'),
  ),
  sha256,
  size,
  rows: v.pipe(size, v.description('Rows that it is of.')),
  bad: v.optional(v.pipe(size, v.description('Rows that could not be read, besides.'))),
  unlabelled: v.optional(v.pipe(size, v.description('Rows of it whose truth could not be read.'))),
  columns: v.optional(
    v.pipe(
      v.record(v.string(), v.array(v.string())),
      v.description('By input, the name of the column that each element of a row is in.'),
    ),
  ),
  label: v.optional(v.pipe(text, v.description('The column of the truth.'))),
  hidden: v.optional(v.pipe(text, v.description('The tensor within the graph that it is of, too.'))),
  redacted: v.optional(
    v.pipe(
      v.record(v.string(), v.picklist(['drop', 'hash', 'mask'])),
      v.description('By tensor, or by tensor and element: what was done to sensitive values.'),
    ),
  ),
  hashedWith: v.optional(v.pipe(positive, v.description('The number of the key that values are hashed with.'))),
  sampled: v.optional(
    v.pipe(
      v.looseObject({ shards: size, of: size }),
      v.description('It is of some parts of the rows, where they were too many.'),
    ),
  ),
});

const baseline = v.looseObject({
  profile: v.optional(
    v.pipe(baselineProfile, v.description('What the rows were like: live ones are compared with it.')),
  ),
  why: v.optional(v.pipe(text, v.description('Why there is no profile, where one should have been made.'))),
});

const serving = v.looseObject({
  threads: v.optional(positive),
  exact: v.optional(v.boolean()),
  maxQueue: v.optional(positive),
  maxConcurrency: v.optional(positive),
  deadlineMs: v.optional(v.pipe(finite, v.minValue(1))),
});

/** What Onnward knows of a version. Objects are loose: fields of a later Onnward, or of the user, survive a round trip. */
export const manifestSchema = v.looseObject({
  format: v.literal(1),
  name: text,
  version: positive,
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  graph: v.pipe(text, v.description('Path of the ONNX graph among the files.')),
  files: v.pipe(v.array(file), v.minLength(1)),
  signature,
  task: v.optional(text),
  labels: v.optional(
    v.pipe(
      v.record(v.string(), v.array(v.string())),
      v.description('Class names by output tensor, in the order of its last dimension.'),
    ),
  ),
  preprocess: v.optional(
    v.pipe(
      v.array(v.looseObject({ step: text })),
      v.description('Steps that turn an input of the user (an image file) into the tensor, in order.'),
    ),
  ),
  golden: v.optional(
    v.pipe(
      v.array(v.looseObject({ inputs: v.array(recordedTensor), outputs: v.array(recordedTensor) })),
      v.description('Recorded questions and their answers.'),
    ),
  ),
  metrics: v.optional(v.record(v.string(), finite)),
  baseline: v.optional(
    v.pipe(baseline, v.description('The rows that it was trained on: a file of them, and their profile.')),
  ),
  provenance: v.record(v.string(), v.unknown()),
  serving: v.optional(
    v.pipe(serving, v.description('How it is served by default; the configuration of a server wins.')),
  ),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type RecordedTensor = v.InferOutput<typeof recordedTensor>;

/** The manifest's own key within a version's folder: no file of the artifact may have it. */
export const MANIFEST_PATH = 'manifest.json';

/** Bytes. Golden cases are the bulk of a manifest; a version's weights never stand in it. */
export const MAX_MANIFEST_BYTES = 16 * 2 ** 20;

/** Levels of nesting. Ours needs 6; the rest is for the user's own fields. */
const MAX_DEPTH = 64;

/** Throws `manifest.invalid`, which names the JSON path, what was expected and what came; `manifest.too_large`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  checkSize(bytes.length);
  const document = parseJson(bytes);
  checkDepth(document);
  const result = v.safeParse(manifestSchema, document, { abortEarly: true });
  if (!result.success) throw refusal(result.issues[0]);
  // The document itself, not valibot's copy: that one leaves out fields named "constructor" or "__proto__".
  const manifest = document as Manifest;
  checkFiles(manifest);
  checkLabels(manifest);
  return manifest;
}

/** JSON of two spaces and a newline; equal manifests give equal bytes, whatever the order of their fields. */
export function serializeManifest(manifest: Manifest): Uint8Array {
  checkDepth(manifest);
  const bytes = new TextEncoder().encode(`${JSON.stringify(arranged(manifest), null, 2)}\n`);
  checkSize(bytes.length);
  return bytes;
}

const knownFields = [manifestSchema, file, signature, tensorSpec, recordedTensor.pipe[0], serving].flatMap((schema) =>
  Object.keys(schema.entries),
);
const fieldOrder = new Map([...new Set(knownFields)].map((name, index) => [name, index]));

const rank = (name: string): number => fieldOrder.get(name) ?? fieldOrder.size;

/** Fields that we know first, in the schema's order; the others after them, by name. */
function arranged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(arranged);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, arranged(field)]));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('manifest.invalid', `manifest is not JSON in UTF-8: ${(cause as Error).message}`, { cause });
  }
}

function checkSize(size: number): void {
  if (size <= MAX_MANIFEST_BYTES) return;
  throw new OnnwardError(`manifest has ${size} bytes, more than ${MAX_MANIFEST_BYTES}`, {
    code: 'manifest.too_large',
    kind: 'too-large',
    fields: { size, limit: MAX_MANIFEST_BYTES },
    fix: 'Record fewer or smaller golden cases.',
  });
}

function checkDepth(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw invalid('manifest.invalid', `manifest is nested deeper than ${MAX_DEPTH} levels`);
  for (const field of Object.values(value)) checkDepth(field, depth + 1);
}

function checkFiles({ files, graph }: Manifest): void {
  const seen = new Set<string>();
  for (const [index, { path }] of files.entries()) {
    const problem = path === MANIFEST_PATH ? 'is the name of the manifest itself' : pathProblem(path);
    if (problem) throw at(`files[${index}].path`, `${brief(path)} ${problem}`);
    if (seen.has(path)) throw at(`files[${index}].path`, `${brief(path)} is listed twice`);
    seen.add(path);
  }
  if (!seen.has(graph)) throw at('graph', `expected one of files[].path, got ${brief(graph)}`);
}

function checkLabels({ labels = {}, signature }: Manifest): void {
  const outputs = signature.outputs.map(({ name }) => name);
  for (const name of Object.keys(labels)) {
    if (outputs.includes(name)) continue;
    throw at(`labels[${brief(name)}]`, `expected the name of an output (${outputs.join(', ')})`);
  }
}

const at = (path: string, problem: string): OnnwardError =>
  invalid('manifest.invalid', `manifest at ${path}: ${problem}`, { fields: { path } });

const brief = (value: string): string => JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);

function refusal(issue: v.BaseIssue<unknown>): OnnwardError {
  const keys = (issue.path ?? []).map(({ key }) => key);
  const path = keys.reduce<string>((path, key) => path + step(key, path === ''), '') || 'the top';
  const received = issue.received.length > 80 ? `${issue.received.slice(0, 80)}…` : issue.received;
  if (issue.type === 'loose_object' && received === 'undefined') return at(path, 'this field is required');
  return at(path, `expected ${issue.expected ?? 'another value'}, got ${received}`);
}

function step(key: unknown, first: boolean): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  if (!/^[A-Za-z_]\w*$/.test(name)) return `[${brief(name)}]`;
  return first ? name : `.${name}`;
}
