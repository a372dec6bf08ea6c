import type { ArgsDef } from 'citty';
import { type BatchOptions, OUTPUT_FORMATS, parseOptions } from '#core/batch/options.ts';
import { usageError } from './arguments.ts';

/** What may be said of a job on the command line. */
export const JOB_OPTIONS = {
  id: { type: 'string', valueHint: 'COLUMN', description: 'Names each row, and goes along to the outputs' },
  columns: {
    type: 'string',
    valueHint: 'A,B',
    description:
      'Columns that are the input, in order; of several inputs JSON (default: named as the inputs, else all others)',
  },
  drop: { type: 'string', valueHint: 'A,B', description: 'Columns that are no input' },
  join: { type: 'boolean', description: 'Have all columns of the input go along to the outputs' },
  format: {
    type: 'string',
    valueHint: OUTPUT_FORMATS.join('|'),
    description: "Of the outputs (default: the input's; jsonl for images and tensors)",
  },
  layout: {
    type: 'string',
    valueHint: 'parts|sagemaker',
    description: 'sagemaker: one INPUT.out a file, a line for each row of the input (default parts)',
  },
  missing: {
    type: 'string',
    valueHint: 'refuse|nan',
    description: 'What an empty cell is (default refuse: a bad row)',
  },
  exact: { type: 'boolean', description: 'One row a run: the outputs of single requests, to the bit' },
  'error-budget': { type: 'string', valueHint: 'SHARE', description: 'Of rows that may be bad (default 0.01)' },
  'cost-cap': { type: 'string', valueHint: 'USD', description: 'Do not begin what AWS would bill more for' },
  concurrency: { type: 'string', valueHint: 'N', description: 'Shards at once (default: one a core)' },
} as const satisfies ArgsDef;

type JobArguments = { readonly [Name in keyof typeof JOB_OPTIONS]?: string | boolean | undefined };

/** What was said, and nothing else: defaults are those of the model's configuration. Throws `usage.*`, `batch.options`. */
export function jobOptionsOf(args: JobArguments): BatchOptions {
  const { id, join, format, layout, missing, exact } = args;
  const said = {
    columns: columnsOf(args.columns),
    drop: listOf(args.drop),
    id,
    join,
    format,
    layout,
    missing,
    exact,
    errorBudget: numberOf('error-budget', args['error-budget']),
    costCap: numberOf('cost-cap', args['cost-cap']),
    concurrency: numberOf('concurrency', args.concurrency),
  };
  return parseOptions(
    Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    'the options',
  );
}

type Said = string | boolean | undefined;

/** Words with commas between them. */
export const listOf = (text: Said): string[] | undefined => (text === undefined ? undefined : String(text).split(','));

function columnsOf(text: Said): unknown {
  if (!String(text).startsWith('{')) return listOf(text);
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw usageError(
      'not_json',
      `--columns is no JSON: ${String(text).slice(0, 80)}`,
      `Write {"input": ["a", "b"]}, or a,b.`,
    );
  }
}

function numberOf(option: string, text: Said): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (String(text).trim() !== '' && Number.isFinite(value)) return value;
  throw usageError(
    'not_a_number',
    `--${option} is to be a number, not '${String(text)}'.`,
    `Give --${option} a number.`,
  );
}
