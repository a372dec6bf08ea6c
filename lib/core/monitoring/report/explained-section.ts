import type { Explained, ExplainedBin } from './decomposition.ts';
import { escaped, named, percent, shown, tableOf, tag } from './markup.ts';
import type { ExplainedDrop, Report } from './report.ts';

const FEATURES = 15;
const BINS = 12;

/** How much of the change of the accuracy each feature and slice explains. */
export function explainedSection({ explained }: Report): string | undefined {
  if (!explained) return undefined;
  const { rows, values, metric, since, features } = explained;
  const [before, now] = values;
  const change = now - before;
  const first = features[0];
  return tag(
    'section',
    {},
    tag('h2', {}, `What explains the change of the ${metric}`),
    tag(
      'p',
      {},
      `It was ${shown(before)} over ${rows[0]} rows before, and is ${shown(now)} over ${rows[1]} rows since ${escaped(since)}: `,
      `a change of ${signed(change)}. `,
      first ? said(first, metric) : '',
    ),
    tableOf(
      ['feature', 'by other shares of its values', 'of the change', 'within its values'],
      features
        .slice(0, FEATURES)
        .map((feature) => [
          named(feature.feature),
          signed(feature.mix),
          share(feature, change),
          signed(feature.within),
        ]),
    ),
    ...(first ? [tag('h3', {}, 'Slices of ', named(first.feature)), binsTable(first, explained)] : []),
    tag('p', { class: 'soft' }, FORMULA),
    tag('pre', {}, 'sum p1 a1 - sum p0 a0  =  sum (p1 - p0) a0  +  sum p1 (a1 - a0)'),
    tag('p', { class: 'soft' }, LIMITS),
  );
}

const said = ({ feature, mix }: Explained, metric: string): string =>
  `With the shares that ${named(feature)} has now, and each of its values answered as before, the ${metric} would have changed by ${signed(mix)}.`;

function share({ mix }: Explained, change: number): string {
  // Of no change there is no share, and of a small one it means nothing.
  return Math.abs(change) < 0.005 ? '–' : percent(mix / change);
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${shown(value)}`;

/** The bins whose rows became more or fewer, or worse, first. */
function binsTable({ bins }: Explained, { rows, values: [before] }: ExplainedDrop): string {
  const part = ({ rows: own }: ExplainedBin, side: 0 | 1) => own[side] / (rows[side] || 1);
  const weight = (bin: ExplainedBin): number => {
    const [a0, a1] = bin.means;
    const mix = (part(bin, 1) - part(bin, 0)) * ((a0 ?? before) - before);
    return Math.abs(mix) + Math.abs(part(bin, 1) * ((a1 ?? 0) - (a0 ?? before)));
  };
  const shownBins = bins.toSorted((a, b) => weight(b) - weight(a)).slice(0, BINS);
  return tableOf(
    ['value', 'share before', 'share now', 'before', 'now'],
    shownBins.map((bin) => [
      named(bin.name),
      percent(part(bin, 0)),
      percent(part(bin, 1)),
      shown(bin.means[0]),
      shown(bin.means[1]),
    ]),
  );
}

const FORMULA = [
  'The values of a feature fall into bins: tenths of the baseline, or its categories.',
  'With p the share of the rows in a bin and a how they are answered, before (0) and now (1), the change is the sum of what',
  'other shares make of it and of what happens within bins:',
].join(' ');

const LIMITS = [
  'A bin that had no rows before counts as answered as all rows were. Features that go together explain the same twice: shares',
  'do not add up to all of it. What is left within the bins of every feature is what no feature by itself explains: that truths',
  'have to do with the inputs in another way than before. None of this is proof of a cause.',
].join(' ');
