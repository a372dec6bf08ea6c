import { OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { CapturedEvent } from '#core/monitoring/capture/captured.ts';
import { feedbackKey, feedbackRecord, judge, type Truth } from '#core/monitoring/feedback.ts';
import type { JoinPlace } from '#core/monitoring/join/place.ts';
import type { Prediction } from '#core/monitoring/receipts.ts';
import { MemoryStore } from './memory-store.ts';

/** Monday; what comes to the store comes when `clock.now` says. */
export const NOON = Date.parse('2026-11-23T12:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A model of two columns that says which of two classes, as a manifest has it. */
export const TWO_COLUMNS = {
  format: 1,
  name: 'loans',
  version: 1,
  task: 'classification',
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 2] }],
  },
  labels: { scores: ['no', 'yes'] },
  baseline: { profile: { columns: { x: ['age', 'region'] }, label: 'paid' } },
} as unknown as Manifest;

/** A store in memory, a registry of `manifests`, and what was captured. */
export function joinPlace(manifests: readonly Manifest[] = [TWO_COLUMNS]) {
  const clock = { now: NOON };
  const store = new MemoryStore(() => clock.now);
  const events: CapturedEvent[] = [];
  const messages: string[] = [];
  const looked: string[] = [];
  const place: JoinPlace = {
    store,
    registry: {
      async manifest(name, version) {
        const found = manifests.find((each) => each.version === version);
        if (found) return found;
        throw new OnnwardError(`There is no ${name}:${version}.`, { code: 'version.not_found', kind: 'not-found' });
      },
    },
    async *capture(_model, { from, to }) {
      looked.push(new Date(from).toISOString().slice(0, 13));
      yield* events.filter(({ at }) => at >= from && at < to);
    },
    onMessage: (line) => void messages.push(line),
  };
  return { place, store, clock, events, messages, looked };
}

let events = 0;

interface Captured extends Omit<Partial<CapturedEvent>, 'rows'> {
  readonly rows?: readonly (readonly (number | string | null)[])[];
  readonly scores?: readonly (readonly number[])[];
}

/** One captured row of `TWO_COLUMNS`, or several. */
export function captured({ rows = [[30, 1]], scores = [[0.2, 0.8]], ...more }: Captured = {}): CapturedEvent {
  return {
    id: `e-${events++}`,
    at: NOON - HOUR / 2,
    model: 'loans',
    version: 1,
    target: '1',
    rows: rows.length,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [rows.length, 2], data: rows.flat() }],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [rows.length, 2], data: scores.flat() }],
    ...more,
  };
}

/** The record of a truth that came back for a receipt, in the store; its key. */
export async function comeBack(
  store: MemoryStore,
  {
    at = NOON - HOUR,
    id = `r-${events++}`,
    version = 1,
    prediction = ['class', 1, 'yes'],
    truth = 'yes',
    tolerance,
  }: {
    at?: number;
    id?: string;
    version?: number;
    prediction?: Prediction;
    truth?: Truth;
    tolerance?: number;
  } = {},
): Promise<string> {
  const receipt = { model: 'loans', version, target: String(version), prediction, at, id };
  const key = feedbackKey(receipt);
  await store.put(key, feedbackRecord(receipt, truth, judge(prediction, truth, { tolerance }), at));
  return key;
}
