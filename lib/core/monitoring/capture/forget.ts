import { OnnwardError } from '../../errors.ts';
import type { ObjectStore } from '../../ports.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import { capturePrefix } from '../keys.ts';
import type { CapturedEvent } from './captured.ts';
import { CaptureKeys } from './keys.ts';
import { readLine } from './read-line.ts';

/** Whoever writes an object at the same time wins so often, and is then followed. */
const ATTEMPTS = 20;

export interface ForgetOptions {
  /**
   * Told of the events of an object before they are taken out of it, to take out what was made of them; of the same ones
   * again after a crash. @default - nothing was made of them
   */
  readonly derived?: (events: readonly CapturedEvent[]) => Promise<void>;
}

export interface Forgotten {
  readonly events: number;
  /** That were written anew. */
  readonly objects: number;
}

/**
 * Takes all captured requests of one subject, named as clients name it, out of the store: whatever key it was hashed with.
 * To do it again finds nothing more. What waits in a server's memory at that moment is written afterwards.
 */
export async function forgetSubject(
  store: ObjectStore,
  model: string,
  subject: string,
  { derived = async () => {} }: ForgetOptions = {},
): Promise<Forgotten> {
  const hashes = (await CaptureKeys.read(store))?.subjects(model, subject) ?? [];
  if (hashes.length === 0) return { events: 0, objects: 0 };
  const total = { events: 0, objects: 0 };
  for await (const { key } of store.list(capturePrefix(model))) {
    const events = await forgetIn(store, key, { model, hashes, derived });
    total.events += events;
    if (events > 0) total.objects += 1;
  }
  return total;
}

interface Forgetting {
  readonly model: string;
  readonly hashes: readonly string[];
  readonly derived: NonNullable<ForgetOptions['derived']>;
}

async function forgetIn(store: ObjectStore, key: string, forgetting: Forgetting): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const stored = await store.get(key);
    if (!stored) return 0;
    const { kept, count, gone } = divide(Buffer.from(stored.bytes).toString('utf8'), forgetting);
    if (count === 0) return 0;
    await forgetting.derived(gone);
    try {
      await store.put(key, Buffer.from(kept), { ifMatch: stored.etag });
      return count;
    } catch (error) {
      // A server appends to it just now.
      if (!isPrecondition(error)) throw error;
    }
  }
  throw new OnnwardError(`${key} is written so often that nothing can be taken out of it.`, {
    code: 'capture.contended',
    kind: 'conflict',
    fix: 'Run it again: what is forgotten already stays so.',
    fields: { key },
  });
}

/** The text without the lines of the subject, also those that are cut short behind its hash. */
function divide(text: string, { model, hashes }: Forgetting): { kept: string; count: number; gone: CapturedEvent[] } {
  const [all, gone]: [string[], CapturedEvent[]] = [text.split('\n'), []];
  const kept = all.filter((line) => {
    if (!hashes.some((hash) => line.includes(hash))) return true;
    const event = readLine(model, line);
    if (event && !hashes.includes(event.subject ?? '')) return true;
    if (event) gone.push(event);
    return false;
  });
  return { kept: kept.join('\n'), count: all.length - kept.length, gone };
}
