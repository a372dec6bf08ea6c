import { createHash } from 'node:crypto';
import { encode, readDocument } from '../../documents.ts';
import { invalid, OnnwardError } from '../../errors.ts';
import { versionPrefix } from '../../model/keys.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ObjectStore } from '../../ports.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import type { EvaluationOptions } from '../../release/options.ts';
import { inputsPrefix } from '../keys.ts';
import type { OptimizeOptions, TrainingOptions } from '../options.ts';
import type { TrainingWorld } from '../world.ts';
import { type CalibrationTable, type Cases, goldenCases, isOfColumns, tableCases } from './calibration.ts';

/** Of the held-out rows, those that are given away: the guard has the others to itself. */
const HELD_OUT_SHARE = 0.1;
const DIGITS = 32;

/** Beside `calibration.jsonl`: which rows it holds, so that nothing is judged on them. */
export interface CalibrationDocument {
  readonly format: 1;
  readonly golden: number;
  /** Rows of a table. */
  readonly rows: number;
  /** What table it was. @default - none */
  readonly from?: CalibrationTable['kind'];
  readonly names: readonly string[];
}

const LINES = 'calibration.jsonl';
const NAMES = 'names.json';

type World = Pick<TrainingWorld, 'store' | 'inputs' | 'formats' | 'releaseOptionsOf'>;

/**
 * What the optimizer gets: the version's files, rows for calibration, and its hyperparameters. Rows are written to the store by
 * the hash of what they are, once. They are those that the options name; else those that the model was trained on, where its
 * manifest knows them; else a tenth of the held-out ones. Throws `optimize.calibration`, `input.*`.
 */
export async function prepareOptimizing(
  world: World,
  manifest: Manifest,
  options: OptimizeOptions = {},
): Promise<Required<Pick<TrainingOptions, 'channels' | 'hyperparameters'>>> {
  const { name, version } = manifest;
  const calibration = await writeCalibration(world.store, name, await casesFor(world, manifest, options));
  const { methods, sparsity } = options;
  return {
    channels: { model: versionPrefix(name, version), ...(calibration !== undefined && { calibration }) },
    hyperparameters: {
      ...(methods && { methods: methods.join(',') }),
      ...(sparsity !== undefined && { sparsity }),
    },
  };
}

/** Rows that a training's calibration has seen; undefined where there was none. Throws `store.corrupt`. */
export const calibrationOf = (
  { store }: Pick<TrainingWorld, 'store'>,
  { channels = {} }: TrainingOptions,
): Promise<CalibrationDocument | undefined> =>
  channels['calibration'] === undefined
    ? Promise.resolve(undefined)
    : readDocument<CalibrationDocument>(store, channels['calibration'] + NAMES);

/** The cases of it, as the optimizer has them. */
export async function calibrationLines(
  { store }: Pick<TrainingWorld, 'store'>,
  { channels = {} }: TrainingOptions,
): Promise<string[]> {
  const prefix = channels['calibration'];
  const stored = prefix === undefined ? undefined : await store.get(prefix + LINES);
  return stored ? Buffer.from(stored.bytes).toString().split('\n').filter(Boolean) : [];
}

/** The rows that a guard judges on; undefined where nobody has named them. */
export function heldOutOf(
  { releaseOptionsOf }: Pick<TrainingWorld, 'releaseOptionsOf'>,
  model: string,
  { data, label }: OptimizeOptions = {},
): EvaluationOptions | undefined {
  const configured = releaseOptionsOf(model).evaluation;
  const said = { ...configured, ...(data !== undefined && { data }), ...(label !== undefined && { label }) };
  return said.data === undefined || said.label === undefined
    ? undefined
    : { ...said, data: said.data, label: said.label };
}

interface Found extends Cases {
  readonly golden: number;
  readonly from?: CalibrationTable['kind'];
}

async function casesFor(world: World, manifest: Manifest, options: OptimizeOptions): Promise<Found> {
  const golden = goldenCases(manifest);
  const columns = heldOutOf(world, manifest.name, options) ?? {};
  for (const table of tablesFor(world, manifest, options)) {
    const cases = await tableCases(world, manifest, table, columns).catch((error: unknown) => passOver(table, error));
    if (!cases || cases.lines.length === 0) continue;
    return {
      lines: [...golden.lines, ...cases.lines],
      names: [...golden.names, ...cases.names],
      golden: golden.lines.length,
      from: table.kind,
    };
  }
  return { ...golden, golden: golden.lines.length };
}

function tablesFor(world: World, { name, baseline }: Manifest, options: OptimizeOptions): CalibrationTable[] {
  if (options.calibration !== undefined) return [{ kind: 'calibration', data: options.calibration, share: 1 }];
  const trained = baseline?.['key'];
  const heldOut = heldOutOf(world, name, options);
  return [
    ...(typeof trained === 'string' ? [{ kind: 'baseline', data: trained, share: 1 } as const] : []),
    ...(heldOut ? [{ kind: 'held-out', data: heldOut.data, share: HELD_OUT_SHARE } as const] : []),
  ];
}

/** What a person has named has to fit. What we have found ourselves may not: then others are taken. */
function passOver({ kind, data }: CalibrationTable, error: unknown): undefined {
  if (kind === 'calibration' && isOfColumns(error)) throw unfit(data, error);
  const isOurs = error instanceof OnnwardError && kind === 'baseline';
  if (isOurs || isOfColumns(error)) return undefined;
  throw error;
}

/** Gives the prefix; undefined where there is nothing to write. */
async function writeCalibration(
  store: ObjectStore,
  model: string,
  { lines, names, golden, from }: Found,
): Promise<string | undefined> {
  if (lines.length === 0) return undefined;
  const text = lines.map((line) => `${line}\n`).join('');
  const rows = lines.length - golden;
  const document: CalibrationDocument = { format: 1, golden, rows, ...(from && { from }), names };
  const bytes = encode(document);
  const hash = createHash('sha256').update(text).update(bytes).digest('hex').slice(0, DIGITS);
  const prefix = inputsPrefix(model, hash);
  await writeHere(store, prefix + NAMES, bytes);
  await writeHere(store, prefix + LINES, Buffer.from(text));
  return prefix;
}

/** What is there is the same, for its key is named by its hash. */
async function writeHere(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.put(key, bytes, { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}

const unfit = (data: string, cause: OnnwardError): OnnwardError =>
  invalid('optimize.calibration', `The rows for calibration do not fit the model. ${cause.message}`, {
    fix: "Give a table with the model's columns, or leave 'calibration' out: other rows are taken then.",
    fields: { data },
    cause,
  });
