import type {
  Cost,
  Estimated,
  JudgedVariant,
  Measured,
  OptimizationDocument,
} from '#core/training/optimize/document.ts';
import { formatBytes, table } from './output.ts';

/** Every variant beside the original, what speaks against those that do not pass, and what is taken. */
export function optimizationLines(document: OptimizationDocument): string[] {
  const { original, variants, leftOut, rows, labelled, sentence } = document;
  const metric = original.estimated?.metric ?? 'accuracy';
  const before = ['original', '', ...estimated(original.estimated), '', ...costs(original.cost)];
  const batch = original.cost.batch ? `of ${original.cost.batch.rows} rows` : 'of a batch';
  const heading = ['', 'guard', metric, '95 % interval', 'same answers', 'a row', batch, 'load', 'size', 'gzip'];
  const lines = variants.map((variant) => [
    variant.name,
    variant.name === document.pick?.name ? 'passes, taken' : WORDS[variant.verdict],
    ...estimated(variant.estimated),
    agreement(variant),
    ...costs(variant.cost),
  ]);
  return [
    `${rows} ${labelled ? 'held-out' : 'recorded'} row${rows === 1 ? '' : 's'}`,
    ...table([heading, before, ...lines]).split('\n'),
    ...variants.flatMap(objections),
    ...leftOut.map(({ method, reason }) => `${method} is left out: ${reason}`),
    sentence,
  ];
}

const WORDS: Readonly<Record<JudgedVariant['verdict'], string>> = {
  pass: 'passes',
  fail: 'fails',
  inconclusive: 'unknown',
};

function costs(cost: Cost | undefined): string[] {
  if (!cost) return ['-', '-', '-', '-', '-'];
  const { latency, batch, load, bytes, gzipBytes } = cost;
  return [ms(latency), batch ? ms(batch) : '-', ms(load), formatBytes(bytes), formatBytes(gzipBytes)];
}

/** The median, and how far its interval of 95 % reaches. */
function ms({ value, low, high }: Measured): string {
  const away = Math.max(value - low, high - value);
  return `${Number(value.toPrecision(3))} ±${Number(away.toPrecision(1))} ms`;
}

function estimated(of: Estimated | undefined): string[] {
  if (!of || of.value === null) return ['-', '-'];
  const interval = of.low === null || of.high === null ? '-' : `${digits(of.low)} to ${digits(of.high)}`;
  return [digits(of.value), interval];
}

const digits = (value: number): string => value.toFixed(4);

/** Of the output with the fewest. */
function agreement({ outputs }: JudgedVariant): string {
  const [least] = outputs.toSorted((a, b) => a.agreement.value - b.agreement.value);
  return least ? `${(100 * least.agreement.value).toFixed(1)} %` : '-';
}

const objections = ({ name, guards }: JudgedVariant): string[] =>
  guards
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ output, sentence }) => `${name}: ${output === undefined ? '' : `${output} is `}${sentence}`);
