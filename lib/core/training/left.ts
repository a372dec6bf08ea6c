import { OnnwardError } from '../errors.ts';
import type { LeftFile, ResultDocument } from './documents.ts';

/** Names in `/opt/ml/model` that say something of the model, and are no part of it. */
export const ASIDE = {
  golden: 'golden.jsonl',
  metrics: 'metrics.json',
  provenance: 'provenance.json',
  labels: 'labels.txt',
  /** The manifest's steps from a picture to a tensor. */
  preprocess: 'preprocess.json',
  baselines: ['baseline.csv', 'baseline.parquet'],
} as const;

const { baselines, ...notes } = ASIDE;
const NO_PART: readonly string[] = [...Object.values(notes), ...baselines];

/** More than that nobody reads into memory, bytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** The files of the model itself: its graph, and what belongs to it. Hidden ones never do. */
export const partsOf = ({ model }: ResultDocument): LeftFile[] =>
  model.filter(({ path }) => !NO_PART.includes(path) && !path.split('/').some((name) => name.startsWith('.')));

/** What is said of the model beside it, small enough to be read; not the baseline, which stays where it is. */
export const notesOf = ({ model }: ResultDocument): LeftFile[] =>
  model.filter(({ path, size }) => NO_PART.includes(path) && !isBaseline(path) && isReadable(path, size));

/** The rows that it was trained on. */
export const baselineOf = ({ model }: ResultDocument): LeftFile | undefined =>
  model.find(({ path }) => isBaseline(path));

const isBaseline = (path: string): boolean => (baselines as readonly string[]).includes(path);

function isReadable(path: string, size: number): boolean {
  if (size <= MOST_BYTES) return true;
  throw new OnnwardError(`${path} has ${size} bytes, and ${MOST_BYTES} is the most that is read.`, {
    code: 'training.too_large',
    kind: 'too-large',
    fix: 'Have the trainer write less into it: a few dozen questions are enough.',
    fields: { path, size, limit: MOST_BYTES },
  });
}

/** Path of the one graph. Throws `training.no_model` before anything is fetched. */
export function graphOf(training: string, result: ResultDocument): string {
  const parts = partsOf(result).map(({ path }) => path);
  const graphs = parts.filter((path) => !path.includes('/') && path.toLowerCase().endsWith('.onnx'));
  if (graphs.length === 1) return graphs[0] as string;
  const there = (graphs.length > 1 ? graphs : parts).slice(0, 10).join(', ') || 'nothing';
  throw new OnnwardError(
    `${training} ended well and left ${graphs.length} .onnx files in /opt/ml/model, where one is wanted: ${there} is there.`,
    {
      code: 'training.no_model',
      kind: 'invalid',
      fix: 'Have the trainer export its model as model.onnx into SM_MODEL_DIR.',
      fields: { training, files: parts.slice(0, 10) },
    },
  );
}
