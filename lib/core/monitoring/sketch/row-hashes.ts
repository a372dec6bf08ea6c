import { hashOfText, mix, wordsOfText } from './hash.ts';

/**
 * What decides, of each row, which samples it is in: a hash of where it comes from and its number there, so that the same
 * row is the same wherever it is counted. A source is a captured request by its id, or a part of a file.
 */
export function rowHashes(source: string, firstRow: number, rows: number, into = new Uint32Array(rows)): Uint32Array {
  const [low, high] = wordsOfText(source);
  for (let i = 0; i < rows; i++) into[i] = mix(mix(low ^ Math.imul(firstRow + i, 0x9e3779b1)) ^ high);
  return into;
}

/** By which the samples of features are independent of each other. */
export const featureSeed = (role: string, name: string): number => hashOfText(`${role}\0${name}`);
