import { table } from './output.ts';

/** What came back for one request. */
export interface Answered {
  /** What its row is called. @default - rows are numbered from 1 through all answers */
  readonly name?: string;
  /** An answer of the Open Inference Protocol, JSON. */
  readonly body: string;
}

interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly Value[];
}

type Value = number | string | boolean | null;
type Labels = Readonly<Record<string, readonly string[]>>;

const BEST = 3;
const MOST_VALUES = 8;

/** A table for people: a line a row, a column an output; of a labelled output its best classes with their scores. */
export function renderPredictions(answers: readonly Answered[], labels: Labels): string {
  let number = 0;
  const parsed = answers.map(({ name, body }) => ({ name, outputs: parseOutputs(body) }));
  const lines = parsed.flatMap(({ name, outputs }) => {
    const rows = outputs[0]?.shape[0] ?? 1;
    const row = (index: number): string[] => [
      name ?? String(++number),
      ...outputs.map((output) => cell(output, index, rows, labels[output.name])),
    ];
    return Array.from({ length: rows }, (_, index) => row(index));
  });
  return table([['row', ...parsed[0]!.outputs.map((output) => output.name)], ...lines]);
}

const parseOutputs = (body: string): readonly Output[] =>
  (JSON.parse(body, exactIntegers) as { outputs: readonly Output[] }).outputs;

/** 64-bit integers that a double cannot hold are shown by their digits. */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value;
}

/** An output that has no rows of its own (a scalar, a shape of another kind) stands whole in the first line. */
function cell({ shape, data }: Output, row: number, rows: number, labels?: readonly string[]): string {
  if (shape[0] !== rows) return row === 0 ? values(data) : '';
  const size = data.length / rows;
  const part = data.slice(row * size, (row + 1) * size);
  return labels?.length === size ? bestOf(part, labels) : values(part);
}

function bestOf(scores: readonly Value[], labels: readonly string[]): string {
  const scored = scores.map((score, index) => ({ label: labels[index], score }));
  const best = scored.sort((a, b) => Number(b.score) - Number(a.score)).slice(0, BEST);
  return best.map(({ label, score }) => `${label} ${shown(score)}`).join(', ');
}

function values(data: readonly Value[]): string {
  if (data.length === 1) return shown(data[0]!);
  const first = data.slice(0, MOST_VALUES).map(shown).join(', ');
  return data.length > MOST_VALUES ? `[${first}, … ${data.length} values]` : `[${first}]`;
}

/** Four digits of a float; everything else as it is. */
const shown = (value: Value): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
