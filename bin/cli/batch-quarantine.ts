import { readShards } from '#core/batch/drives.ts';
import type { BatchManifest, ScoringInput } from '#core/batch/plan.ts';
import type { ObjectStore } from '#core/ports.ts';

/** Why rows are in quarantine: never what is in them. */
export interface Reason {
  readonly code: string;
  /** That have it, of those that were looked at. */
  readonly rows: number;
  /** Of the first of them. */
  readonly input: string;
  /** Its first byte, in the unpacked input; where rows have none, its number from 0. */
  readonly position: number;
  readonly unit: 'byte' | 'row';
}

interface QuarantinedRow {
  readonly code: string;
  readonly position: number;
  /** Of a row that is an object. */
  readonly key?: string;
}

/** Rows that are looked at, at most, and bytes. */
const MOST_ROWS = 10_000;
const MOST_BYTES = 16 * 2 ** 20;

/** Of the first quarantined rows, why; the commonest first. */
export async function quarantineReasons(store: ObjectStore, manifest: BatchManifest): Promise<Reason[]> {
  const inputs = manifest.quarantine.length === 0 ? [] : await inputsByShard(store, manifest);
  const reasons = new Map<string, Reason>();
  let looked = 0;
  for (const part of manifest.quarantine) {
    for await (const line of linesOf(store.read(part.key))) {
      if (++looked > MOST_ROWS) return sorted(reasons);
      const { code, position, key } = JSON.parse(line.toString('utf8')) as QuarantinedRow;
      const first = reasons.get(code);
      const input = inputs[part.shard];
      const unit = input?.format === 'csv' || input?.format === 'jsonl' ? 'byte' : 'row';
      const found = { code, rows: 1, input: key ?? input?.key ?? '', position, unit } as const;
      reasons.set(code, first ? { ...first, rows: first.rows + 1 } : found);
    }
  }
  return sorted(reasons);
}

const sorted = (reasons: Map<string, Reason>): Reason[] => [...reasons.values()].sort((a, b) => b.rows - a.rows);

const inputsByShard = async (
  store: ObjectStore,
  { job, inputs }: BatchManifest,
): Promise<(ScoringInput | undefined)[]> => (await readShards(store, job)).map(({ input }) => inputs[input]);

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let rest = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    if (read > MOST_BYTES) return;
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
  }
}
