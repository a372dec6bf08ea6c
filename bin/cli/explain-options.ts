import { type ExplainParameters, parseParameters } from '#core/explanation/parameters.ts';
import { usageError, wholeNumber } from './arguments.ts';

/** How predictions are explained, as the command says it. */
export const EXPLAIN = {
  method: {
    type: 'string',
    valueHint: 'NAME',
    description: 'exact, linear, kernel, permutation or occlusion (default: by the model)',
  },
  samples: { type: 'string', valueHint: 'N', description: 'Coalitions that kernel and permutation look at' },
  seed: { type: 'string', valueHint: 'N', description: 'Of what is drawn (default 1)' },
  output: { type: 'string', valueHint: 'NAME', description: 'Which output (default: the one that scores or predicts)' },
  classes: {
    type: 'string',
    valueHint: 'A,B',
    description: 'Which classes, or all (default: the one that the model says)',
  },
  link: { type: 'string', valueHint: 'NAME', description: 'logit explains log odds instead of probabilities' },
  patch: { type: 'string', valueHint: 'N', description: 'Pixels of a side of what is hidden of a picture' },
  overlap: { type: 'boolean', description: 'Patches overlap by half' },
  fill: { type: 'string', valueHint: 'F', description: 'What hides a patch: mean, blur or a number (default mean)' },
} as const;

interface ExplainArguments {
  readonly method?: string | undefined;
  readonly samples?: string | undefined;
  readonly seed?: string | undefined;
  readonly output?: string | undefined;
  readonly classes?: string | undefined;
  readonly link?: string | undefined;
  readonly top?: string | undefined;
  readonly patch?: string | undefined;
  readonly overlap?: boolean | undefined;
  readonly fill?: string | undefined;
}

/** Checked before anything is loaded. Throws `usage.*`, `explain.parameters`. */
export function parametersOf(args: ExplainArguments): ExplainParameters {
  const { method, output, classes, link, overlap, fill } = args;
  const said = {
    method,
    samples: wholeNumber('samples', args.samples, 2, 1_000_000),
    seed: wholeNumber('seed', args.seed, 0, 2 ** 32 - 1),
    output,
    outputs: classes === undefined || classes === 'all' ? classes : classes.split(',').map(nameOrIndex),
    link,
    top: wholeNumber('top', args.top, 1, 1_000_000),
    patch: wholeNumber('patch', args.patch, 1, 100_000),
    overlap,
    fill: fill === undefined || Number.isNaN(Number(fill)) ? fill : Number(fill),
  };
  return parseParameters(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
}

const nameOrIndex = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);

/** Throws `usage.one_row`, `usage.plot`. */
export function checkPlot(path: string | undefined, rows: number): void {
  if (path === undefined) return;
  if (!path.endsWith('.svg')) throw usageError('plot', `--out ${path} is no SVG.`, 'Name a file that ends in .svg.');
  if (rows === 1) return;
  throw usageError('one_row', `--out is a plot of one row, and there are ${rows}.`, 'Give one row.');
}
