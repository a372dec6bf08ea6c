import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import type { Source } from '#core/scoring/format.ts';
import type { InputFormat } from '#core/scoring/shard.ts';

/** Inputs in memory, which tell what was read of them. */
export class MemoryInputs implements InputReader {
  readonly url = 'file:/memory';
  readonly objects = new Map<string, Uint8Array>();
  readonly versions = new Map<string, string>();
  /** Reads that have begun and not ended. */
  open = 0;
  /** Bytes that were handed out. */
  bytesRead = 0;

  put(key: string, bytes: Uint8Array, version = '1'): void {
    this.objects.set(key, bytes);
    this.versions.set(key, version);
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    const bytes = this.objects.get(key);
    return bytes && { size: bytes.length, version: this.versions.get(key) ?? '1' };
  }

  async *read(key: string, { version }: ObjectStat, start: number, end: number): AsyncGenerator<Uint8Array> {
    const bytes = this.objects.get(key);
    if (!bytes) throw new OnnwardError(`${key} is gone`, { code: 'input.not_found', kind: 'not-found' });
    if (this.versions.get(key) !== version)
      throw new OnnwardError(`${key} was changed`, { code: 'input.changed', kind: 'conflict' });
    if (start < 0 || end <= start) throw new RangeError(`bytes ${start} to ${end} are none`);
    this.open += 1;
    try {
      for (let at = start; at < Math.min(end, bytes.length); at += CHUNK) {
        const chunk = bytes.subarray(at, Math.min(at + CHUNK, end, bytes.length));
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } finally {
      this.open -= 1;
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectStat & { readonly key: string }> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      yield { key, ...((await this.stat(key)) as ObjectStat) };
  }

  source(key: string, format: InputFormat): Source {
    const size = this.objects.get(key)?.length ?? 0;
    return { reader: this, input: { store: this.url, key, size, version: this.versions.get(key) ?? '1', format } };
  }
}

/** Odd, so that nothing falls on its borders. */
const CHUNK = 9973;
