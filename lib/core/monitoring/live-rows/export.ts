import { createHash } from 'node:crypto';
import { CAPTURE_KEPT_DAYS } from '../capture/options.ts';
import { csvCell } from '../capture/csv.ts';
import type { Cell } from '../capture/captured.ts';
import { type FeedbackOptions, maxAgeMsOf } from '../feedback-options.ts';
import { type JoinedRow, joinedRows } from '../join/joined-rows.ts';
import type { JoinPlace } from '../join/place.ts';
import { capturePrefix, hourFolder, liveRowsPrefix } from '../keys.ts';
import type { StoredObject } from '../../ports.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import { dayOf } from '../truth/pending.ts';
import { recordsOfDay } from '../truth/records.ts';
import { hoursOf, type Window, windowOf } from '../window.ts';

/** The column of truths where nobody names it. */
const LABEL = 'truth';

/** Of the rows with a truth, those that are learned from; the others are there to evaluate with. */
const TRAINING_SHARE = 0.7;

/** Rows of a window that are kept. */
const MOST_ROWS = 200_000;

/** Cells of a window that are kept: all of them are in memory at once. */
const MOST_CELLS = 5_000_000;

/** Whoever writes at the same time wins so often, and is then followed. */
const ATTEMPTS = 5;

const PARTS = ['training', 'heldout'] as const;

const NEWLINE = 0x0a;

export interface ExportOptions {
  readonly feedback: FeedbackOptions;
  /** The column of truths. @default - as the training rows have it, else 'truth' */
  readonly label?: string | undefined;
  /** Whether rows that are there and not in the capture are to go. @default false - they stay: the capture may be gone */
  readonly isForgetting?: boolean;
}

/** Rows that were written. */
export interface ExportedRows {
  readonly training: number;
  readonly heldout: number;
  /** Rows with a truth that have not the columns of the others, such as those of another version. */
  readonly unfit: number;
}

/**
 * Writes the window's rows whose truth has come as CSV, `training/<window>.csv` and `heldout/<window>.csv`, with the columns
 * as the training rows have them and the truth last. Which of both a row is in the hash of its id says, for good: whoever
 * learns from it never is evaluated with it. Written again as truths come late and as rows are forgotten; what is the same
 * is not written, and nothing with fewer rows than are there, unless rows are forgotten: the capture may have expired.
 * Columns that are dropped or masked are left out, hashed ones are as they were captured.
 */
export async function exportLiveRows(
  place: JoinPlace,
  model: string,
  window: Window,
  options: ExportOptions,
): Promise<ExportedRows> {
  for (let attempt = 1; ; attempt++) {
    const before = await captureStamp(place, model, window);
    try {
      const written = await exportOnce(place, model, window, options);
      // Whoever forgets takes rows out of the capture at last: what was read of it before is written without them.
      if (attempt >= ATTEMPTS || (await captureStamp(place, model, window)) === before) return written;
    } catch (error) {
      if (attempt >= ATTEMPTS || !isPrecondition(error)) throw error;
    }
  }
}

/** What the capture of a window is, as far as a list of it says. */
async function captureStamp({ store }: JoinPlace, model: string, window: Window): Promise<string> {
  const hash = createHash('sha256');
  for (const hour of [...hoursOf(window), window.to]) {
    for await (const { key, size, modifiedAt } of store.list(capturePrefix(model) + hourFolder(hour)))
      hash.update(`${key} ${size} ${modifiedAt}\n`);
  }
  return hash.digest('hex');
}

async function exportOnce(
  place: JoinPlace,
  model: string,
  window: Window,
  { feedback, label, isForgetting = false }: ExportOptions,
): Promise<ExportedRows> {
  const keys = PARTS.map((part) => `${liveRowsPrefix(model, part)}${window.id}.csv`);
  // Read before the capture: whoever writes in between is not written over.
  const there = await Promise.all(keys.map((key) => place.store.get(key)));
  const rows = await labelledRows(place, model, window, feedback);
  const columns = columnsOf(rows);
  const fit = rows.filter(({ cells }) => columns.every((name) => Object.hasOwn(cells, name)));
  const named = label ?? (await labelOf(place, model, rows)) ?? LABEL;
  const parts = [true, false].map((learned) => fit.filter(({ id }) => isLearned(id) === learned));
  for (const [at, key] of keys.entries()) {
    const table = { columns, label: named, rows: parts[at] ?? [] };
    await write(place, key, { there: there[at], table, isForgetting });
  }
  const [training = 0, heldout = 0] = parts.map(({ length }) => length);
  return { training, heldout, unfit: rows.length - fit.length };
}

/** In the order of time; no more than memory has room for. */
async function labelledRows(
  place: JoinPlace,
  model: string,
  window: Window,
  feedback: FeedbackOptions,
): Promise<JoinedRow[]> {
  const rows: JoinedRow[] = [];
  let cells = 0;
  for await (const row of joinedRows(place, model, window, feedback)) {
    if (row.truth === undefined) continue;
    cells += Object.keys(row.cells).length;
    rows.push(row);
    if (rows.length >= MOST_ROWS || cells >= MOST_CELLS) break;
  }
  return rows.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** Those of the newest version's rows, without what is left out of any of them. */
function columnsOf(rows: readonly JoinedRow[]): string[] {
  const newest = Math.max(...rows.map(({ version }) => version));
  const own = rows.filter(({ version }) => version === newest).map(({ cells }) => cells);
  return Object.keys(own[0] ?? {}).filter((name) => own.every((cells) => Object.hasOwn(cells, name)));
}

async function labelOf(
  { registry }: JoinPlace,
  model: string,
  rows: readonly JoinedRow[],
): Promise<string | undefined> {
  if (rows.length === 0) return undefined;
  const { baseline } = await registry.manifest(model, Math.max(...rows.map(({ version }) => version)));
  return baseline?.profile?.label;
}

/** By 32 bits of SHA-256 of the id. */
const isLearned = (id: string): boolean =>
  createHash('sha256').update(id).digest().readUInt32BE(0) < TRAINING_SHARE * 2 ** 32;

interface Rows {
  readonly columns: readonly string[];
  readonly label: string;
  readonly rows: readonly JoinedRow[];
}

interface Writing {
  readonly there: StoredObject | undefined;
  readonly table: Rows;
  readonly isForgetting: boolean;
}

/** Without rows only the heading stays of what was there: they were forgotten. */
async function write({ store }: JoinPlace, key: string, { there, table, isForgetting }: Writing): Promise<void> {
  const { columns, label, rows } = table;
  if (!there && rows.length === 0) return;
  const lines = rows.map(({ cells, truth }) => line([...columns.map((name) => cells[name] ?? null), truth ?? null]));
  const heading = rows.length > 0 ? line([...columns, label]) : firstLine(there?.bytes);
  const bytes = Buffer.from([heading, ...lines, ''].join('\n'));
  if (there && (bytes.equals(there.bytes) || (!isForgetting && linesIn(bytes) < linesIn(there.bytes)))) return;
  await store.put(key, bytes, there ? { ifMatch: there.etag } : { ifAbsent: true });
}

const linesIn = (bytes: Uint8Array): number => {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
};

const firstLine = (bytes: Uint8Array = new Uint8Array()): string =>
  Buffer.from(bytes).toString().split('\n', 1)[0] ?? '';

const line = (cells: readonly Cell[]): string =>
  cells.map((cell) => csvCell(cell === null ? null : String(cell), typeof cell === 'string')).join(',');

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * The windows before midnight whose rows are to be written again, in the order of time: all those of days for whose answers
 * truths have come since. So late truths are learned from a day later, as long as `feedback.expires`, and as what they are
 * joined with is kept.
 */
export async function windowsToExport(
  { store }: Pick<JoinPlace, 'store'>,
  model: string,
  { midnight, since, hours }: { readonly midnight: number; readonly since: number; readonly hours: number },
  feedback: FeedbackOptions,
): Promise<Window[]> {
  const age = Math.min(maxAgeMsOf(feedback) + DAY_MS, (CAPTURE_KEPT_DAYS - 1) * DAY_MS);
  const windows: Window[] = [];
  for (let day = Math.floor((midnight - age) / DAY_MS) * DAY_MS; day < midnight; day += DAY_MS) {
    if (!(await hasCome(store, model, day, since))) continue;
    for (let at = day; at < day + DAY_MS; at += hours * HOUR_MS) windows.push(windowOf(at, hours));
  }
  return windows;
}

/** Whether a truth of an answer of that day came since. */
async function hasCome(store: JoinPlace['store'], model: string, day: number, since: number): Promise<boolean> {
  for await (const { modifiedAt = since } of recordsOfDay(store, model, dayOf(day))) {
    if (modifiedAt >= since) return true;
  }
  return false;
}
