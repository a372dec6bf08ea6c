import { percent } from '../../release/gates/sentences.ts';
import type { Cost, GuardAnswer, JudgedVariant, Measured } from './document.ts';
import type { Settings } from './settings.ts';
import { costIn, milliseconds } from './words.ts';

/** What is less by less than this share is no gain: nobody changes a model that answers for it. */
const LEAST_GAIN = 0.05;

interface Candidate {
  readonly variant: JudgedVariant;
  readonly cost: Cost;
}

export interface Picked {
  readonly variant?: JudgedVariant;
  readonly sentence: string;
}

/**
 * Of the variants that pass the guard and are within the budget, the one that takes the least of what is preferred, if that is
 * surely less than what the original takes; an original that is over the budget is no yardstick. Of several that cannot be
 * told apart it is the smallest, then the first.
 */
export function pickOf(settings: Settings, original: Cost, variants: readonly JudgedVariant[], name: string): Picked {
  const passed = variants.flatMap((variant): Candidate[] =>
    variant.verdict === 'pass' && variant.cost ? [{ variant, cost: variant.cost }] : [],
  );
  if (passed.length === 0) return { sentence: nothingPassed(variants, name) };
  const affordable = passed.filter(({ cost }) => isWithin(settings, cost));
  if (affordable.length === 0) return { sentence: nothingWithin(settings, passed, name) };
  const gaining = isWithin(settings, original)
    ? affordable.filter(({ cost }) => isLess(costOf(settings, cost), costOf(settings, original)))
    : affordable;
  const [best] = least(settings, gaining);
  if (!best) return { sentence: nothingGained(settings, original, affordable, name) };
  return { variant: best.variant, sentence: taken(settings, original, best) };
}

/** What is to be least, as an interval; bytes are known exactly. */
function costOf({ prefer }: Settings, { latency, load, bytes }: Cost): Measured {
  if (prefer === 'size') return { value: bytes, low: bytes, high: bytes };
  return prefer === 'load' ? load : latency;
}

/** Surely, and by enough to be worth it. */
const isLess = (one: Measured, other: Measured): boolean =>
  one.high < other.low && one.value <= (1 - LEAST_GAIN) * other.value;

function isWithin({ milliseconds: most = Infinity, bytes = Infinity }: Settings, cost: Cost): boolean {
  return cost.latency.value <= most && cost.bytes <= bytes;
}

/** Those from which the one with the least value is not surely less, the smallest first. */
function least(settings: Settings, candidates: readonly Candidate[]): readonly Candidate[] {
  const [first] = candidates.toSorted((a, b) => costOf(settings, a.cost).value - costOf(settings, b.cost).value);
  if (!first) return [];
  return candidates
    .filter(({ cost }) => !isLess(costOf(settings, first.cost), costOf(settings, cost)))
    .toSorted((a, b) => a.cost.bytes - b.cost.bytes);
}

function taken(settings: Settings, original: Cost, { variant, cost }: Candidate): string {
  const [before, after] = [costOf(settings, original).value, costOf(settings, cost).value];
  const less = after < before ? `, ${percent(1 - after / before)} less` : '';
  const others = settings.prefer === 'size' ? [] : [`${cost.bytes} bytes instead of ${original.bytes}`];
  const { quality } = variant;
  const metric = quality ? [`${quality.metric} ${shownOr(quality.value)}, before ${shownOr(quality.original)}`] : [];
  const what = `${costIn(settings.prefer, cost)} instead of ${costIn(settings.prefer, original)}${less}`;
  return `${variant.name} is taken: ${[what, ...others, ...metric].join('; ')}.`;
}

const shownOr = (value: number | null): string => (value === null ? 'unknown' : String(Number(value.toPrecision(4))));

function nothingPassed(variants: readonly JudgedVariant[], name: string): string {
  if (variants.length === 0) return `No variant could be made, so ${name} is kept.`;
  return `No variant passes, so ${name} is kept: ${variants.map(reasonOf).join(', ')}.`;
}

const REASONS: Readonly<Record<GuardAnswer['guard'], string>> = {
  loads: 'cannot be opened',
  signature: 'takes or gives other tensors',
  quality: 'loses too much',
  slices: 'loses too much in a slice',
  answers: 'has no answer to some rows',
  agreement: 'answers too many rows otherwise',
};

/** The worst of what speaks against it, in a few words. */
function reasonOf({ name, verdict, guards, quality }: JudgedVariant): string {
  if (verdict === 'fail') {
    const failed = guards.filter((guard) => guard.verdict === 'fail').map(({ guard }) => guard);
    const [first] = (Object.keys(REASONS) as GuardAnswer['guard'][]).filter((guard) => failed.includes(guard));
    return `${name} ${REASONS[first ?? 'quality']}`;
  }
  const needed = quality?.rowsNeeded;
  return `${name} cannot be judged on so few rows${needed === undefined ? '' : ` (about ${needed} are needed)`}`;
}

function nothingWithin({ milliseconds: most, bytes }: Settings, passed: readonly Candidate[], name: string): string {
  const budget = [
    ...(most === undefined ? [] : [milliseconds(most)]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
  ];
  const each = passed.map(
    ({ variant, cost }) => `${variant.name} takes ${milliseconds(cost.latency.value)} and ${cost.bytes} bytes`,
  );
  return `No variant that passes is within ${budget.join(' and ')}, so ${name} is kept: ${each.join(', ')}.`;
}

function nothingGained(settings: Settings, original: Cost, passed: readonly Candidate[], name: string): string {
  const each = passed.map(({ variant, cost }) => `${variant.name} takes ${costIn(settings.prefer, cost)}`);
  const before = costIn(settings.prefer, original);
  return `No variant that passes takes surely less than the ${before} of ${name}, so it is kept: ${each.join(', ')}.`;
}
