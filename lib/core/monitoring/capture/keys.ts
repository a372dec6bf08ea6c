import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { decode, readDocument, writeOnce } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { ObjectReader, ObjectStore } from '../../ports.ts';
import { KEY_BYTES, MAC_CHARACTERS } from '../mac.ts';

/** What sensitive values are hashed with. Who can read one can try values until a hash is met. */
interface CaptureKey {
  readonly format: 1;
  /** 32 bytes of chance, base64url. */
  readonly secret: string;
}

/** Numbered from 1, without gaps, as those of receipts are. */
export const captureKeyKey = (number: number): string => `keys/capture/${number}.json`;

/** Makes the first key, unless there is one: create-only, so that all who need it at once have the same. */
export async function ensureCaptureKey(store: ObjectStore, random: (bytes: number) => Uint8Array): Promise<void> {
  if (await readDocument(store, captureKeyKey(1))) return;
  const key: CaptureKey = { format: 1, secret: Buffer.from(random(KEY_BYTES)).toString('base64url') };
  await writeOnce(store, captureKeyKey(1), key);
}

/** What hashed values and subjects begin with. */
export const HASH_PREFIX = 'h:';

/** Stands for a field's name where whoever a request is of is hashed: no tensor's element has it. */
const SUBJECT = '@subject';

/** All keys that there are: the newest hashes; a subject is looked for by every one of them. */
export class CaptureKeys {
  readonly #keys: readonly KeyObject[];

  private constructor(keys: readonly KeyObject[]) {
    this.#keys = keys;
  }

  /** Undefined where there is none yet. Throws `store.corrupt`, and what the store throws. */
  static async read(store: Pick<ObjectReader, 'get'>): Promise<CaptureKeys | undefined> {
    const keys: KeyObject[] = [];
    for (;;) {
      const key = captureKeyKey(keys.length + 1);
      const stored = await store.get(key);
      if (!stored) return keys.length > 0 ? new CaptureKeys(keys) : undefined;
      keys.push(keyOf(key, stored.bytes));
    }
  }

  /** Of the key that hashes. */
  get newest(): number {
    return this.#keys.length;
  }

  /** The same for the same text of a model's field, and for no other field: `h:` and 132 bits of HMAC-SHA-256. */
  hash(model: string, field: string, text: string): string {
    return hashOf(this.#keys.at(-1) as KeyObject, model, field, text);
  }

  subject(model: string, subject: string): string {
    return this.hash(model, SUBJECT, subject);
  }

  /** What the subject has ever been hashed to. */
  subjects(model: string, subject: string): readonly string[] {
    return this.#keys.map((key) => hashOf(key, model, SUBJECT, subject));
  }
}

function hashOf(key: KeyObject, model: string, field: string, text: string): string {
  const mac = createHmac('sha256', key).update(JSON.stringify([model, field, text]));
  return `${HASH_PREFIX}${mac.digest('base64url').slice(0, MAC_CHARACTERS)}`;
}

function keyOf(key: string, bytes: Uint8Array): KeyObject {
  const { secret } = decode(key, bytes) as Partial<CaptureKey>;
  const raw = Buffer.from(typeof secret === 'string' ? secret : '', 'base64url');
  if (raw.length === KEY_BYTES) return createSecretKey(raw);
  throw new OnnwardError(`${key} holds no key of ${KEY_BYTES} bytes.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Restore it from a backup.',
    fields: { key },
  });
}
