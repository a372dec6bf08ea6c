/** The finalizer of murmur3: each bit of the result depends on all bits of the word, and no two words have the same. */
export function mix(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Two lanes of the last text that was hashed: no garbage is made on the way of each value. */
const lanes = new Int32Array(2);

function hashInto(text: string): void {
  let [low, high] = [0x9e3779b9 | 0, 0x85ebca6b | 0];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x2c1b3c6d);
    high = Math.imul(high ^ unit, 0x297a2d39);
  }
  const folded = mix(low ^ Math.imul(high, 0x9e3779b1));
  lanes[1] = mix(high ^ Math.imul(folded, 0x85ebca77));
  lanes[0] = folded;
}

/** 32 bits. */
export function hashOfText(text: string): number {
  hashInto(text);
  return (lanes[0] as number) >>> 0;
}

/** Two times 32 bits. */
export function wordsOfText(text: string): readonly [number, number] {
  hashInto(text);
  return [(lanes[0] as number) >>> 0, (lanes[1] as number) >>> 0];
}

/** Categories are told apart by so many bits. */
export const CATEGORY_HASH_BITS = 52;

/** A whole number below 2^52: of a thousand categories no two have the same but once in ten billion. */
export function categoryHash(text: string): number {
  hashInto(text);
  return ((lanes[1] as number) & 0xfffff) * 0x1_0000_0000 + ((lanes[0] as number) >>> 0);
}

/** Buckets that counts of categories are added up in. */
export const BUCKETS = 1024;

/** Which of them a category is in, by bits of its hash that do not say which is smaller. */
export const bucketOf = (hash: number): number => hash & (BUCKETS - 1);
