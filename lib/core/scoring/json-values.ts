import { type Problem, storeElement, type Value } from './elements.ts';
import type { InputStore } from './row-buffer.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
export const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Lists and objects within each other: deeper ones cost `JSON.parse` fifty times the memory of their text. */
const MAX_DEPTH = 100;

/** Whether `JSON.parse` may have these bytes, whatever they are. */
export function isShallow(bytes: Uint8Array, start: number, stop: number): boolean {
  let depth = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      for (at++; at < stop && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return false;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
  return true;
}

/** All that follows walks over bytes that `JSON.parse` has found to be JSON: it needs to look at the structure alone. */

/** The next byte that is not white space. */
export function valueStart(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) <= SPACE) at++;
  return at;
}

/** Behind the value that begins at `start`; `stop` is behind all of them. */
function valueEnd(bytes: Uint8Array, start: number, stop: number): number {
  let depth = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at) - 1;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= SPACE)) return at;
  }
  return stop;
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at + 1;
}

/** Calls `visit` with each key and the place of its value. */
export function eachMember(
  bytes: Buffer,
  start: number,
  stop: number,
  visit: (key: string, from: number, to: number) => void,
): void {
  let at = valueStart(bytes, start + 1);
  while (bytes[at] !== CLOSE_OBJECT) {
    const end = stringEnd(bytes, at);
    const key = JSON.parse(bytes.toString('utf8', at, end)) as string;
    at = valueStart(bytes, end);
    if (bytes[at] === COLON) at = valueStart(bytes, at + 1);
    const to = valueEnd(bytes, at, stop);
    visit(key, at, to);
    at = valueStart(bytes, to);
    if (bytes[at] === COMMA) at = valueStart(bytes, at + 1);
  }
}

/** Calls `visit` with the place of each element of a list, and of the lists in it; objects are elements. Gives their number. */
export function eachElement(
  bytes: Uint8Array,
  start: number,
  stop: number,
  visit: (from: number, to: number, index: number) => void,
): number {
  let count = 0;
  for (let at = start; at < stop;) {
    const byte = bytes[at] as number;
    if (byte === OPEN_ARRAY || byte === CLOSE_ARRAY || byte === COMMA || byte <= SPACE) at++;
    else {
      const to = valueEnd(bytes, at, stop);
      visit(at, to, count++);
      at = to;
    }
  }
  return count;
}

/** The value there, as `storeElement` takes it. */
export function valueAt(bytes: Buffer, start: number, stop: number): Value {
  const byte = bytes[start];
  const source = bytes.toString('utf8', start, stop);
  if (byte === QUOTE) return { text: JSON.parse(source) as string, kind: 'string' };
  if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) return { text: source, kind: 'other' };
  if (byte === 0x6e) return { text: source, kind: 'null' };
  return { text: source, kind: byte === 0x74 || byte === 0x66 ? 'truth' : 'number' };
}

/** All elements of a row, from one list; nested lists count as one. */
export function storeElements(
  store: InputStore,
  index: number,
  bytes: Buffer,
  start: number,
  stop: number,
  nan: boolean,
): Problem | undefined {
  const { data, elements, input } = store;
  let problem: Problem | undefined;
  const count = eachElement(bytes, start, stop, (from, to, element) => {
    if (problem || element >= elements) return;
    const found = storeElement(data, index + element, input.datatype, valueAt(bytes, from, to), nan);
    if (found) problem = { code: found.code, what: `element ${element}: ${found.what}` };
  });
  if (count === elements) return problem;
  return { code: 'row.cells', what: `the list has ${count} elements; input '${input.name}' takes ${elements}` };
}

/** The same from a CSV cell. */
export function storeList(store: InputStore, index: number, text: string, nan: boolean): Problem | undefined {
  if (text.trim() === '') return { code: 'row.missing', what: 'the value is missing' };
  const bytes = Buffer.from(text);
  let value: unknown;
  try {
    value = isShallow(bytes, 0, bytes.length) && JSON.parse(text);
  } catch {
    // As any other that is no list.
  }
  if (!Array.isArray(value))
    return {
      code: 'row.cells',
      what: `the cell is no list; input '${store.input.name}' takes ${store.elements} elements`,
    };
  return storeElements(store, index, bytes, 0, bytes.length, nan);
}
