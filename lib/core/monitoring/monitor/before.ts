import { readDocument } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import type { DriftVerdict } from '../drift/verdict.ts';
import type { Window } from '../window.ts';
import type { WindowDocument } from './documents.ts';
import { endsWith } from './due.ts';
import { lastWindowKeys, windowIn } from './last-windows.ts';
import type { MonitorWorld } from './world.ts';

/** Stretches that are looked at for it at most: what lies further back is history. */
const MOST_SPANS = 60;
/** Rows that are too few for a verdict wait for more so long, ms. */
const MOST_WAITING_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;

/** What was found of a version before a window. */
export interface Before {
  /** The oldest first. */
  readonly verdicts: readonly DriftVerdict[];
  /** The stretch whose profile holds rows that were too few for a verdict. @default - none */
  readonly waiting?: string;
}

/** Looks back over the documents until there are `most` verdicts, or another version: that has another baseline. */
export async function beforeWindow(
  { store, clock }: MonitorWorld,
  model: string,
  { version, span, most }: { readonly version: number; readonly span: Window; readonly most: number },
): Promise<Before> {
  const verdicts: DriftVerdict[] = [];
  let waiting: string | undefined;
  let isLast = true;
  const { from } = span;
  for (const key of await keysBefore(store, model, span, clock())) {
    const document = await readDocument<WindowDocument>(store, key);
    if (!document?.drift) continue;
    if (document.version !== version) break;
    const isFew = document.drift.state === 'few';
    if (isFew && isLast && from - Date.parse(document.to) <= MOST_WAITING_MS)
      waiting = document.span ?? document.window;
    if (!isFew && document.drift.state !== 'untested') verdicts.unshift(document.drift);
    isLast = false;
    if (verdicts.length >= most) break;
  }
  return { verdicts, ...(waiting !== undefined && { waiting }) };
}

/** Of the documents that end with a stretch of drift, the latest first: shorter windows between have no verdict. */
async function keysBefore(store: ObjectStore, model: string, { from, to }: Window, now: number): Promise<string[]> {
  const hours = (to - from) / HOUR_MS;
  const keys = await lastWindowKeys(store, model, MOST_SPANS * hours, now);
  const isBefore = (window: Window | undefined) => window && window.to <= from && endsWith(window, hours);
  return keys.filter((key) => isBefore(windowIn(key))).reverse();
}
