import { readFile } from 'node:fs/promises';
import { invalid, type OnnwardError } from '#core/errors.ts';
import { csvRows } from '#core/monitoring/capture/csv.ts';
import { groundTruthIn } from '#core/monitoring/truth/ground-truth.ts';

/** One piece of feedback as the route takes it. */
export interface Truthful {
  readonly receipt?: unknown;
  readonly inferenceId?: unknown;
  readonly truth: unknown;
}

const HEADINGS: Readonly<Record<string, 'receipt' | 'inferenceId' | 'truth'>> = {
  receipt: 'receipt',
  inferenceid: 'inferenceId',
  inference_id: 'inferenceId',
  eventid: 'inferenceId',
  event_id: 'inferenceId',
  truth: 'truth',
};

/**
 * A file of truths: CSV with the columns `truth` and `receipt` or `inferenceId`; JSON Lines of objects with these; or Model
 * Monitor's ground truth. Throws `feedback.file`.
 */
export async function readTruths(path: string): Promise<Truthful[]> {
  const text = await read(path);
  const truths = /\.csv$/i.test(path) ? ofCsv(path, text) : ofLines(path, text);
  if (truths.length > 0) return truths;
  throw unreadable(path, 'has no truth in it');
}

async function read(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw unreadable(path, error instanceof TypeError ? 'is no text in UTF-8' : (error as Error).message);
  }
}

function ofCsv(path: string, text: string): Truthful[] {
  const [heading, ...rows] = csvRows(text.replace(/^\uFEFF/, '')) ?? [];
  const names = heading?.map((cell) => HEADINGS[cell.text.trim().toLowerCase()]) ?? [];
  if (!names.includes('truth') || !(names.includes('receipt') || names.includes('inferenceId'))) {
    throw unreadable(path, 'has no columns `truth` and `receipt`, or `truth` and `inferenceId`');
  }
  return rows
    .filter((row) => row.some((cell) => cell.text !== ''))
    .map((row) => {
      const cells = names.flatMap((name, at) => {
        const cell = row[at];
        if (name === undefined || cell === undefined || cell.text === '') return [];
        return [[name, name === 'truth' && !cell.quoted ? plain(cell.text) : cell.text]];
      });
      return Object.fromEntries(cells) as Truthful;
    });
}

/** A number where it is one: an index or a value. In quotes it stays text. */
const plain = (text: string): string | number => {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : text;
};

function ofLines(path: string, text: string): Truthful[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const truth = groundTruthIn(line);
    if (!truth) return [pieceIn(path, line, at + 1)];
    const [only, ...more] = truth.truths;
    if (only === undefined || more.length > 0) {
      throw unreadable(path, `has a line ${at + 1} of ${truth.truths.length} rows`, SEVERAL);
    }
    return [{ inferenceId: truth.id, truth: plain(only) }];
  });
}

const SEVERAL = 'Put truths of requests of several rows into the store itself: `ground-truth/MODEL/yyyy/mm/dd/hh/`.';

function pieceIn(path: string, line: string, number: number): Truthful {
  try {
    const piece: unknown = JSON.parse(line);
    if (typeof piece === 'object' && piece !== null && 'truth' in piece) return piece;
  } catch {
    // Said below, in one way for what is no JSON and for JSON of another kind.
  }
  throw unreadable(path, `has no truth in line ${number}`);
}

const unreadable = (path: string, problem: string, fix?: string): OnnwardError =>
  invalid('feedback.file', `${path} ${problem}.`, {
    fix:
      fix ??
      'Give CSV with a heading, or JSON Lines like {"receipt": …, "truth": …} or {"inferenceId": …, "truth": …}.',
    fields: { path },
  });
