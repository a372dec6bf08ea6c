import type { Tensor } from '../../model/tensor.ts';
import { HASH_WORDS, hashRows } from '../../release/evaluation/row-hash.ts';

/**
 * A name for each of the first `rows` rows that only what is in their inputs makes: equal rows, equal names, 16 hex digits.
 * Empty where the first dimensions are not all alike, so that nothing is a row.
 */
export function rowNames(inputs: readonly Tensor[], rows: number): string[] {
  const first = inputs[0]?.shape[0] ?? 0;
  if (first < rows || inputs.some(({ shape }) => shape[0] !== first)) return [];
  const words = new Uint32Array(rows * HASH_WORDS);
  hashRows(inputs, rows, words);
  const hex = (at: number): string => (words[at] as number).toString(16).padStart(8, '0');
  return Array.from({ length: rows }, (_, row) => hex(row * HASH_WORDS) + hex(row * HASH_WORDS + 1));
}

/** Of a name, a number in [0, 1) that is as good as random. */
export const shareOf = (name: string): number => Number.parseInt(name.slice(0, 8), 16) / 2 ** 32;
