import { readDocument } from '#core/documents.ts';
import { OnnwardError } from '#core/errors.ts';
import { Latencies } from '#core/monitoring/latencies.ts';
import type { ObjectStore } from '#core/ports.ts';
import { releasePrefix } from '#core/release/keys.ts';
import type { Observed } from '#core/release/observation.ts';

/** What one server has counted of one side of a split. A request that waits is one, of a latency that is its age. */
export interface SideCounts {
  readonly version: number;
  readonly requests: number;
  /** 5xx, 429, and runs that the model's runtime refused. */
  readonly errors: number;
  /** Other 4xx. */
  readonly refused: number;
  /** Requests that were its to answer while it was not there. The champion answered them. */
  readonly missed: number;
  readonly labelled: number;
  readonly correct: number;
  readonly latencies: ReturnType<Latencies['toJSON']>;
}

/** What one server has counted since live traffic is divided so. It writes it again and again; nobody else does. */
export interface TrafficSnapshot {
  readonly format: 1;
  readonly server: string;
  /** ISO 8601. */
  readonly at: string;
  readonly champion: SideCounts;
  readonly challenger: SideCounts;
  /** How often the challenger's process has died. */
  readonly deaths: number;
}

/** Where all servers' counts of one state of the alias record lie. */
const trafficPrefix = (release: string, sequence: number): string => `${releasePrefix(release)}traffic/${sequence}/`;

export const trafficKey = (release: string, sequence: number, server: string): string =>
  `${trafficPrefix(release, sequence)}${server}.json`;

/** Throws `store.corrupt`. */
export async function readSnapshots(
  store: ObjectStore,
  release: string,
  sequence: number,
): Promise<readonly TrafficSnapshot[]> {
  const snapshots: TrafficSnapshot[] = [];
  for await (const { key } of store.list(trafficPrefix(release, sequence))) {
    const snapshot = await readDocument<TrafficSnapshot>(store, key);
    if (snapshot && snapshot.format !== 1) throw unknown(key, snapshot.format);
    if (snapshot) snapshots.push(snapshot);
  }
  return snapshots;
}

/** What all servers together have counted of one side. What it has missed are errors of its own. */
export function observed(snapshots: readonly TrafficSnapshot[], side: 'champion' | 'challenger'): Observed {
  const latencies = new Latencies();
  const sum = { requests: 0, errors: 0, refused: 0, labelled: 0, correct: 0 };
  for (const { [side]: counts } of snapshots) {
    latencies.merge(Latencies.from(counts.latencies));
    sum.requests += counts.requests + counts.missed;
    sum.errors += counts.errors + counts.missed;
    sum.refused += counts.refused;
    sum.labelled += counts.labelled;
    sum.correct += counts.correct;
  }
  // A request never waits for a model here: as long as the challenger is being loaded the champion answers.
  return { ...sum, latencies, coldStarts: 0 };
}

const unknown = (key: string, format: unknown): OnnwardError =>
  new OnnwardError(`${key} is of format ${String(format)}, which this Onnward does not know.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Use the Onnward that wrote it.',
    fields: { key },
  });
