import { decode, readDocument, writeOnce } from '../documents.ts';
import { OnnwardError } from '../errors.ts';
import type { ObjectReader, ObjectStore } from '../ports.ts';
import { KEY_BYTES, Mac } from './mac.ts';

/** What receipts are signed with. Who can read one can forge receipts. */
interface ReceiptKey {
  readonly format: 1;
  /** 32 bytes of chance, base64url. */
  readonly secret: string;
}

/** Numbered from 1, without gaps, so that who may only read finds them all. */
export const receiptKeyKey = (number: number): string => `keys/receipts/${number}.json`;

/** Makes the first key, unless there is one: create-only, so that all who need it at once have the same. */
export async function ensureReceiptKey(store: ObjectStore, random: (bytes: number) => Uint8Array): Promise<void> {
  if (await readDocument(store, receiptKeyKey(1))) return;
  const key: ReceiptKey = { format: 1, secret: Buffer.from(random(KEY_BYTES)).toString('base64url') };
  await writeOnce(store, receiptKeyKey(1), key);
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
