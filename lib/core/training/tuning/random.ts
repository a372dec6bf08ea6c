import { createHash } from 'node:crypto';

/**
 * A number from 0 up to, and without, 1, that follows from its name alone: the first 53 bits of the SHA-256 of it. The same
 * name gives the same number on every machine and in every order, so that nothing has to be kept to go on.
 */
export function uniform(name: string): number {
  const bits = createHash('sha256').update(name).digest().readBigUInt64BE() >> 11n;
  return Number(bits) / 2 ** 53;
}
