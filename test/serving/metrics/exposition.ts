export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

type Format = 'text' | 'openmetrics';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]?Inf)$/i;

const fail = (line: string, why: string): never => {
  throw new Error(`${why}: ${line}`);
};

/**
 * Reads a scrape as strictly as promtool checks one: text format 0.0.4, or OpenMetrics 1.0. Throws at the first line that
 * is out of order.
 */
export function parseExposition(text: string, format: Format): Map<string, Family> {
  const families = new Map<string, Family>();
  let family: Family | undefined;
  let help: [string, string] | undefined;
  for (const line of linesOf(text, format)) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      help = [name as string, rest as string];
    } else if (keyword === 'TYPE') {
      if (help?.[0] !== name) fail(line, 'no help before the type');
      if (families.has(name as string)) fail(line, 'the family comes twice');
      family = { name: name as string, type: rest as string, help: help?.[1] as string, samples: [] };
      families.set(family.name, family);
    } else {
      if (!family) return fail(line, 'a sample without a family');
      family.samples.push(sampleOf(line, family, format));
    }
  }
  for (const each of families.values()) check(each);
  return families;
}

function linesOf(text: string, format: Format): string[] {
  if (!text.endsWith('\n')) fail(text.slice(-20), 'the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (format === 'text') return lines.filter((line) => line !== '');
  if (lines.pop() !== '# EOF') fail(text.slice(-20), 'no EOF');
  return lines;
}

function sampleOf(line: string, { name, type }: Family, format: Format): Sample {
  const [, sample = fail(line, 'not a sample'), text = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (!NUMBER.test(value)) fail(line, 'not a number');
  const counter = format === 'openmetrics' ? ['_total'] : [''];
  const suffixes = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'], counter, gauge: [''] };
  const allowed = suffixes[type as keyof typeof suffixes] ?? fail(line, `unknown type ${type}`);
  if (!allowed.some((suffix) => sample === name + suffix)) fail(line, `not of the family ${name}`);
  if (format === 'openmetrics' && type === 'counter' && name.endsWith('_total')) fail(line, 'a counter named _total');
  const pairs = [...text.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)];
  const labels = Object.fromEntries(pairs.map(([, label, quoted]) => [label, unescape(quoted as string)]));
  if (Object.keys(labels).length !== pairs.length) fail(line, 'a label comes twice');
  return { name: sample, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

const unescape = (text: string): string =>
  text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));

const sorted = (labels: Sample['labels']): string =>
  Object.entries(labels)
    .map((pair) => pair.join('='))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(',');

const keyOf = ({ name, labels }: Sample): string => `${name}{${sorted(labels)}}`;

function check({ name, type, samples }: Family): void {
  if (new Set(samples.map(keyOf)).size !== samples.length) fail(name, 'a series comes twice');
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) fail(name, 'a counter below zero');
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const withoutEnd = ({ labels }: Sample): string => sorted({ ...labels, le: '' });
  for (const [series, parts] of Map.groupBy(samples, withoutEnd)) {
    const of = (suffix: string): Sample[] => parts.filter((part) => part.name === name + suffix);
    const buckets = of('_bucket').map(({ labels, value }) => [
      Number(labels['le']?.replace('+Inf', 'Infinity')),
      value,
    ]);
    for (const [index, [end, value]] of buckets.entries()) {
      const [before, less] = buckets[index - 1] ?? [-Infinity, 0];
      if (!((end as number) > (before as number))) fail(name + series, 'buckets do not ascend');
      if (!((value as number) >= (less as number))) fail(name + series, 'buckets do not add up');
    }
    const [last] = buckets.slice(-1);
    const [count] = of('_count');
    if (last?.[0] !== Infinity || last[1] !== count?.value) fail(name + series, '+Inf is not the count');
    if (of('_sum').length !== 1 || of('_count').length !== 1) fail(name + series, 'no sum or no count');
  }
}
