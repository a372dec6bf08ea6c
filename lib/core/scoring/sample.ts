import { invalid, type OnnwardError } from '../errors.ts';
import type { Source } from './format.ts';
import { END, type Inflate, LONG, MORE, Records } from './records.ts';
import type { ShardPart } from './shard.ts';

/** Bytes that an estimate is made from. */
const SAMPLE_BYTES = 2 ** 20;

/** What the first megabyte of an input tells. */
export interface Sample {
  /** Records that were seen, and the bytes up to the last one's end. */
  readonly records: number;
  readonly bytes: number;
  /** Of the whole input, unpacked; estimated where it is compressed. */
  readonly size: number;
  /** These are all there are. */
  readonly all: boolean;
}

/** Goes over the records at the beginning of an input; `visit` gets each that is not too long. Throws `input.empty`. */
export async function sampleRecords(
  source: Source,
  quotes: boolean,
  inflate: Inflate,
  visit: (bytes: Buffer, start: number, stop: number) => void,
): Promise<Sample> {
  const { size, compression, key } = source.input;
  const part: ShardPart = compression
    ? { kind: 'whole' }
    : { kind: 'range', start: 0, end: Math.min(size, SAMPLE_BYTES), quoted: false };
  const counted = countingBytes(source);
  const records = new Records(counted.source, part, quotes, inflate);
  const { window } = records;
  const position = (): number => window.base + window.at;
  let count = 0;
  let found: number = MORE;
  try {
    await records.begin();
    while (found !== END && found !== LONG && position() < SAMPLE_BYTES) {
      found = records.find();
      if (found === MORE) await window.more();
      else if (found === LONG) count++;
      else if (found !== END) {
        count++;
        visit(window.bytes, records.start, records.stop);
        window.at = records.next;
      }
    }
    if (found === END && count === 0) throw empty(key);
    const share = compression ? (window.base + window.end) / Math.max(1, counted.bytes()) : 1;
    const all = compression ? found === END : position() >= size;
    return { records: count, bytes: Math.max(1, position()), size: size * share, all };
  } finally {
    await window.close();
  }
}

/** The same source, and how many bytes were read of it. */
function countingBytes({ reader, input }: Source): { source: Source; bytes: () => number } {
  let bytes = 0;
  const read: typeof reader.read = async function* (...range) {
    for await (const chunk of reader.read(...range)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const counting = { url: reader.url, stat: reader.stat.bind(reader), list: reader.list.bind(reader), read };
  return { source: { reader: counting, input }, bytes: () => bytes };
}

const empty = (key: string): OnnwardError =>
  invalid('input.empty', `The input '${key}' is empty.`, { fix: 'Give a file with rows.', fields: { key } });
