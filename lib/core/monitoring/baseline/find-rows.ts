import { findInputs } from '../../batch/inputs.ts';
import { invalid, OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import { layoutOf, type LayoutOptions, type RowLayout } from '../../scoring/layout.ts';
import { objectsLayout } from '../../scoring/object-list.ts';
import type { ScoringInput } from '../../scoring/shard.ts';
import type { BaselineModel, BaselineOptions, BaselineWorld } from './request.ts';
import type { BaselineShard } from './shards.ts';

/** Bytes of a shard, by the size of the input alone: equal rows are cut alike wherever they are read. */
const SHARD_BYTES = { least: 256 * 1024, most: 16 * 2 ** 20 };
const SHARDS = 256;

/** What there is to be read. */
export interface FoundRows {
  readonly shards: readonly BaselineShard[];
  /** Rows, counted or estimated. */
  readonly rows: number;
  /** Which column holds the truth. @default - none does */
  readonly label?: string;
}

/** Looks at the rows and cuts them. Throws `baseline.columns`, `input.*`, `batch.no_format`, `batch.no_input`. */
export async function findRows(
  world: Pick<BaselineWorld, 'formats' | 'inputs'>,
  model: BaselineModel,
  options: BaselineOptions,
): Promise<FoundRows> {
  const found = await findInputs(world, [options.data]);
  const shards: BaselineShard[] = [];
  let rows = 0;
  let label: string | undefined;
  for (const input of found) {
    const reader = await world.inputs(input.store);
    const format = world.formats[input.format];
    const { heading, width, rows: there } = await format.survey({ reader, input });
    const headed = { ...input, ...(heading && { heading }), ...(width !== undefined && { width }) };
    const source = { reader, input: headed };
    label = labelIn(headed, options);
    const layout = layoutFor(headed, model, options, label);
    const parts = await format.cut(source, { partBytes: partBytes(input), listKey: `lists/${rows}` });
    shards.push(...parts.map((part) => ({ source, layout, part })));
    rows += there;
  }
  return { shards, rows, ...(label !== undefined && { label }) };
}

const partBytes = ({ size }: ScoringInput): number =>
  Math.min(SHARD_BYTES.most, Math.max(SHARD_BYTES.least, Math.ceil(size / SHARDS)));

const namesOf = ({ heading, width = 0 }: ScoringInput): readonly string[] =>
  heading ?? Array.from({ length: width }, (_, index) => `column ${index + 1}`);

/** Of a picture nobody knows the truth. */
function labelIn(input: ScoringInput, { label }: BaselineOptions): string | undefined {
  if (input.format === 'objects') return undefined;
  return typeof label === 'string' ? label : label?.find((name) => namesOf(input).includes(name));
}

function layoutFor(
  input: ScoringInput,
  { name, signature, preprocess }: BaselineModel,
  { columns, drop = [], missing = 'nan', lenient }: BaselineOptions,
  label: string | undefined,
): RowLayout {
  const described = { signature: signature as Manifest['signature'], ...(preprocess && { preprocess }) };
  if (input.format === 'objects') return objectsLayout(described);
  const names = namesOf(input);
  const there = (column: string) => !lenient || names.includes(column);
  const options: LayoutOptions = {
    ...(columns && [columns].flat().every((each) => typeof each !== 'string' || there(each)) && { columns }),
    drop: drop.filter(there),
    missing,
    keep: label === undefined ? [] : [label],
  };
  try {
    return layoutOf(signature, input.heading, options, input.width);
  } catch (error) {
    throw error instanceof OnnwardError && error.code === 'batch.columns' ? unfit(name, error) : error;
  }
}

const unfit = (name: string, cause: OnnwardError): OnnwardError =>
  invalid('baseline.columns', `The rows of the baseline do not fit ${name}. ${cause.message}`, {
    fix: 'Name the column of the truth with --baseline-label, those that are the input with --baseline-columns, and others with --baseline-drop.',
    fields: { ...cause.fields, name },
    cause,
  });
