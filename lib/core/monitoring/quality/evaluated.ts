import type { EvaluatedRows } from '../../evaluation/rows.ts';
import type { FeedbackRecord } from '../truth/records.ts';

/** Classes of one model in feedback; of more the rest is one class. */
const MOST_CLASSES = 1000;

/** Truths that are nothing the model says, the most frequent ones: anybody can make them up, and each class costs time. */
const MOST_UNKNOWN = 50;

/** The class of all other truths. */
const OTHERS = '(others)';

/**
 * Answers of one version and their truth, as metrics are made of them. Values are rows of a regression; where any is a class
 * all are, and values are left out. `names` are the classes as the version has them; what else was said or is true is a class
 * besides, as scikit-learn has it.
 */
export function evaluatedOf(records: readonly FeedbackRecord[], names: readonly string[] = []): EvaluatedRows {
  const classed = records.filter(({ absoluteError }) => absoluteError === undefined);
  return classed.length > 0 ? classRows(classed, names) : valueRows(records);
}

function valueRows(records: readonly FeedbackRecord[]): EvaluatedRows {
  return {
    task: 'regression',
    count: records.length,
    classes: [],
    truth: Float64Array.from(records, ({ truth }) => Number(truth)),
    challenger: { predicted: Float64Array.from(records, ({ predicted }) => Number(predicted)) },
    slices: {},
  };
}

function classRows(records: readonly FeedbackRecord[], names: readonly string[]): EvaluatedRows {
  const texts = records.map((record) => textsOf(record, names));
  const known = new Set([...names, ...texts.map(([, predicted]) => predicted)]);
  const unknown = mostFrequent(texts.map(([truth]) => truth).filter((truth) => !known.has(truth)));
  const own = new Set(names);
  const found = [...known, ...unknown.slice(0, MOST_UNKNOWN)].filter((name) => !own.has(name)).sort();
  const classes = [...names, ...found].slice(0, MOST_CLASSES);
  if (unknown.length > MOST_UNKNOWN || names.length + found.length > MOST_CLASSES) classes.push(OTHERS);
  const places = new Map(classes.map((name, index) => [name, index]));
  const placeOf = (text: string): number => places.get(text) ?? classes.length - 1;
  return {
    task: 'classification',
    count: records.length,
    classes,
    ...(classes.length === 2 && { positive: 1 }),
    truth: Int32Array.from(texts, ([truth]) => placeOf(truth)),
    challenger: { predicted: Int32Array.from(texts, ([, predicted]) => placeOf(predicted)) },
    slices: {},
  };
}

/** Each once; of those that are as frequent the first by name. */
function mostFrequent(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, times], [b, others]) => others - times || (a < b ? -1 : 1)).map(([text]) => text);
}

/** Truth and prediction by the name of the class: either may have come as its index. */
function textsOf({ truth, predicted, correct }: FeedbackRecord, names: readonly string[]): [string, string] {
  const nameOf = (said: string | number): string => (typeof said === 'number' ? (names[said] ?? String(said)) : said);
  const prediction = nameOf(predicted);
  return [correct === true ? prediction : nameOf(truth), prediction];
}
