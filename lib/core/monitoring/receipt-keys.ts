import { decode, encode, readDocument, writeOnce } from '../documents.ts';
import { OnnwardError } from '../errors.ts';
import type { ObjectReader, ObjectStore } from '../ports.ts';
import { isPrecondition } from '../registry/precondition.ts';
import { KEY_BYTES, Mac } from './mac.ts';

/** What receipts are signed with. Who can read one can forge receipts. */
interface ReceiptKey {
  readonly format: 1;
  /** 32 bytes of chance, base64url. */
  readonly secret: string;
}

/** Numbered from 1, without gaps, so that who may only read finds them all. */
export const receiptKeyKey = (number: number): string => `keys/receipts/${number}.json`;

type Chance = (bytes: number) => Uint8Array;

const newKey = (random: Chance): ReceiptKey => ({
  format: 1,
  secret: Buffer.from(random(KEY_BYTES)).toString('base64url'),
});

/** Makes the first key, unless there is one: create-only, so that all who need it at once have the same. */
export async function ensureReceiptKey(store: ObjectStore, random: Chance): Promise<void> {
  if (await readDocument(store, receiptKeyKey(1))) return;
  await writeOnce(store, receiptKeyKey(1), newKey(random));
}

/** Makes the next key, and gives its number: it signs from now on, and those before it still verify. Create-only: two at once make two. */
export async function rotateReceiptKey(store: ObjectStore, random: Chance): Promise<number> {
  let number = ((await ReceiptKeys.read(store))?.newest ?? 0) + 1;
  const bytes = encode(newKey(random));
  for (;;) {
    try {
      await store.put(receiptKeyKey(number), bytes, { ifAbsent: true });
      return number;
    } catch (error) {
      if (!isPrecondition(error)) throw error;
      number++;
    }
  }
}

/** All keys that there are: the newest signs, every one of them verifies. */
export class ReceiptKeys {
  readonly #macs: readonly Mac[];

  private constructor(macs: readonly Mac[]) {
    this.#macs = macs;
  }

  /** Undefined where there is none yet. Throws `store.corrupt`, and what the store throws. */
  static async read(store: Pick<ObjectReader, 'get'>): Promise<ReceiptKeys | undefined> {
    const macs: Mac[] = [];
    for (;;) {
      const key = receiptKeyKey(macs.length + 1);
      const stored = await store.get(key);
      if (!stored) return macs.length > 0 ? new ReceiptKeys(macs) : undefined;
      macs.push(macOf(key, stored.bytes));
    }
  }

  /** The number of the one that signs. */
  get newest(): number {
    return this.#macs.length;
  }

  /** Undefined where there is no such key. */
  mac(number: number): Mac | undefined {
    return this.#macs[number - 1];
  }
}

function macOf(key: string, bytes: Uint8Array): Mac {
  const { secret } = decode(key, bytes) as Partial<ReceiptKey>;
  const bytesOfKey = Buffer.from(typeof secret === 'string' ? secret : '', 'base64url');
  if (bytesOfKey.length === KEY_BYTES) return new Mac(bytesOfKey);
  throw new OnnwardError(`${key} holds no key of ${KEY_BYTES} bytes.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Restore it from a backup.',
    fields: { key },
  });
}
