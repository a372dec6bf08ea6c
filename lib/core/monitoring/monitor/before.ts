import { readDocument } from '../../documents.ts';
import type { DriftVerdict } from '../drift/verdict.ts';
import type { WindowDocument } from './documents.ts';
import { lastWindowKeys } from './last-windows.ts';
import type { MonitorWorld } from './world.ts';

/** Documents that are looked at for it at most: what lies further back is history. */
const MOST_DOCUMENTS = 60;
/** Rows that are too few for a verdict wait for more so long, ms. */
const MOST_WAITING_MS = 7 * 86_400_000;

/** What was found of a version before a window. */
export interface Before {
  /** The oldest first. */
  readonly verdicts: readonly DriftVerdict[];
  /** The window whose profile holds rows that were too few for a verdict. @default - none */
  readonly waiting?: string;
}

/** Looks back over the documents until there are `most` verdicts, or another version: that has another baseline. */
export async function beforeWindow(
  { store, clock }: MonitorWorld,
  model: string,
  { version, from, most }: { readonly version: number; readonly from: number; readonly most: number },
): Promise<Before> {
  const verdicts: DriftVerdict[] = [];
  let waiting: string | undefined;
  let isLast = true;
  for (const key of [...(await lastWindowKeys(store, model, MOST_DOCUMENTS, clock()))].reverse()) {
    const document = await readDocument<WindowDocument>(store, key);
    if (!document?.drift || Date.parse(document.to) > from) continue;
    if (document.version !== version) break;
    const isFew = document.drift.state === 'few';
    if (isFew && isLast && from - Date.parse(document.to) <= MOST_WAITING_MS) waiting = document.window;
    if (!isFew) verdicts.unshift(document.drift);
    isLast = false;
    if (verdicts.length >= most) break;
  }
  return { verdicts, ...(waiting !== undefined && { waiting }) };
}
