import { DATATYPES } from '../../model/datatypes.ts';
import type { Tensor } from '../../model/tensor.ts';

/** Two 32-bit halves a row. */
export const HASH_WORDS = 2;

/**
 * A 64-bit hash of each row over all inputs: equal inputs, equal hashes, on any machine. Two rows of ten million that differ
 * have the same one with a chance of 3 in a million. `out` has HASH_WORDS for each row.
 */
export function hashRows(inputs: readonly Tensor[], rows: number, out: Uint32Array): void {
  out.fill(SEED, 0, rows * HASH_WORDS);
  for (const tensor of inputs) {
    const elements = tensor.data.length / (tensor.shape[0] as number);
    const mix = mixerOf(tensor, elements);
    for (let row = 0; row < rows; row++) mix(row, out);
  }
  for (let at = 0; at < rows * HASH_WORDS; at += HASH_WORDS) finish(out, at);
}

const SEED = 0x9e3779b9;

type Mixer = (row: number, out: Uint32Array) => void;

/** 32-bit words of wide elements, elements of narrow ones, UTF-16 units of texts. */
function mixerOf({ datatype, data }: Tensor, elements: number): Mixer {
  if (Array.isArray(data)) {
    return (row, out) => {
      for (let i = row * elements; i < (row + 1) * elements; i++) mixText(data[i] as string, out, row * HASH_WORDS);
    };
  }
  const words = Math.max(1, DATATYPES[datatype].size / 4);
  const numbers =
    words > 1 || datatype === 'FP32' ? new Uint32Array(data.buffer, data.byteOffset, data.length * words) : data;
  const count = elements * words;
  return (row, out) => mixNumbers(numbers as Uint32Array, row * count, count, out, row * HASH_WORDS);
}

/** The multiplications of MurmurHash3 (Appleby, public domain), with other constants for each half. */
function mixNumbers(words: Uint32Array, from: number, count: number, out: Uint32Array, at: number): void {
  let [low, high] = [out[at] as number, out[at + 1] as number];
  for (let i = from; i < from + count; i++) {
    const word = words[i] as number;
    low = Math.imul(rotated(low ^ Math.imul(word, 0xcc9e2d51), 15), 0x1b873593) + 0xe6546b64;
    high = Math.imul(rotated(high ^ Math.imul(word ^ low, 0x85ebca77), 13), 0xc2b2ae3d) + 0x27d4eb2f;
  }
  out[at] = low;
  out[at + 1] = high;
}

function mixText(text: string, out: Uint32Array, at: number): void {
  const units = new Uint32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  units[text.length] = text.length;
  mixNumbers(units, 0, units.length, out, at);
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function finish(out: Uint32Array, at: number): void {
  out[at] = avalanche((out[at] as number) ^ (out[at + 1] as number));
  out[at + 1] = avalanche(((out[at + 1] as number) + out[at]) | 0);
}

/** MurmurHash3's end: each bit of the word changes half of the others. */
function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
