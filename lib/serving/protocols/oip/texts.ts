import { invalid } from '#core/errors.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { CLOSE_ARRAY, type Scanner } from './scanner.ts';

/**
 * Reads string elements up to the closing bracket, which it takes, and appends them to `out`. A text must be one that
 * UTF-8 can hold and free of NUL, where the runtime would cut it in silence.
 */
export function readTexts(scanner: Scanner, out: string[], index: number, spec: TensorSpec): number {
  do {
    const kind = scanner.kind();
    if (kind !== 'a string') {
      throw invalid('input.element', `input "${spec.name}": element ${index} is ${kind}, BYTES takes strings`);
    }
    out.push(checkText(scanner.string(), index, spec));
    index++;
  } while (scanner.another(CLOSE_ARRAY));
  return index;
}

/** Gives back a text that the runtime can hold. Throws `input.element`. */
export function checkText(text: string, index: number, spec: TensorSpec): string {
  if (text.includes('\0')) {
    throw invalid(
      'input.element',
      `input "${spec.name}": element ${index} holds a NUL, where the runtime would cut it`,
    );
  }
  if (text.isWellFormed()) return text;
  throw invalid(
    'input.element',
    `input "${spec.name}": element ${index} holds half a surrogate pair, which is no text`,
  );
}

const TRUTHS = new Map<string, number>([
  ['true', 1],
  ['false', 0],
  ['1', 1],
  ['0', 0],
]);

/** Reads BOOL elements up to the closing bracket: true, false, 0, 1, "true" or "false"; each is stored as 0 or 1. */
export function readTruths(scanner: Scanner, out: Uint8Array, index: number, spec: TensorSpec): number {
  do {
    const truth = TRUTHS.get(readTruthWord(scanner));
    if (truth === undefined) {
      const rule = 'BOOL takes true, false, 0, 1, "true" or "false"';
      throw invalid('input.element', `input "${spec.name}": element ${index} is something else, ${rule}`);
    }
    if (index < out.length) out[index] = truth;
    index++;
  } while (scanner.another(CLOSE_ARRAY));
  return index;
}

function readTruthWord(scanner: Scanner): string {
  const byte = scanner.peek();
  if (byte === 0x74 || byte === 0x66) return String(scanner.literal());
  const kind = scanner.kind();
  if (kind === 'a number') return scanner.number();
  // The quotes tell "1", which is no truth, from 1.
  const text = kind === 'a string' ? scanner.string() : '';
  return text === 'true' || text === 'false' ? text : kind;
}
