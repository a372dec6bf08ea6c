import { countDigits, writeDigits } from './decimal-digits.ts';

/**
 * Finite float32 values as the shortest decimal that reads back as the same float32, written as bytes: nothing is made
 * but digits, so that it takes some tens of nanoseconds, and text and files of any size make no garbage.
 */

const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const PLUS = 0x2b;
const ZERO = 0x30;
const LOWER_E = 0x65;

/** No float32 takes more bytes: a sign, 21 digits, or 9 of them with a point and an exponent. */
const SINGLE_BYTES = 24;

const single = new Float32Array(1);
/** The same 4 bytes: a sign bit, 8 of the exponent (bias 127), 23 of the fraction. */
const bits = new Uint32Array(single.buffer);

const POWERS = Float64Array.from({ length: 90 }, (_, k) => Number(`1e${k - 40}`));
/** Where the 0th power of ten is among them. */
const ONE = 40;
/** By the exponent's bits: decimal places that bring the smallest such value to at least 1e8, and below 1e9. */
const PLACES = Int32Array.from({ length: 255 }, (_, exponent) => 8 - Math.floor(Math.log10(2 ** (exponent - 127))));
/** By the exponent's bits: half the distance to the next float32. Whatever is nearer reads back as this one. */
const HALVES = Float64Array.from({ length: 255 }, (_, exponent) => 2 ** (exponent - 151));
/** More than the products below may be off by: a billion, in doubles of 53 bits. */
const UNSURE = 1e-5;
/** Writes a finite value at `at`, where there is room for SINGLE_BYTES; gives the place behind it. */
export function writeSingle(value: number, bytes: Uint8Array, at: number): number {
  single[0] = value;
  const word = bits[0] as number;
  const exponent = (word >>> 23) & 0xff;
  // What is subnormal, and powers of two, below which values lie closer than above.
  if (exponent === 0 || (word & 0x7fffff) === 0) return writeRare(value, bytes, at);
  const size = value < 0 ? -value : value;
  let places = PLACES[exponent] as number;
  let exact = size * (POWERS[ONE + places] as number);
  if (exact >= 1e9) exact = size * (POWERS[ONE + --places] as number);
  const reach = (HALVES[exponent] as number) * (POWERS[ONE + places] as number);
  const eight = (exact * 0.1 + 0.5) | 0;
  const seven = (exact * 0.01 + 0.5) | 0;
  const awayOfEight = Math.abs(eight * 10 - exact);
  const awayOfSeven = Math.abs(seven * 100 - exact);
  if (Math.abs(awayOfEight - reach) < UNSURE || Math.abs(awayOfSeven - reach) < UNSURE) {
    return writeRare(value, bytes, at);
  }
  if (value < 0) bytes[at++] = MINUS;
  // Nine digits always read back as the same; fewer do where they are within reach.
  if (awayOfEight > reach) return writeDecimal((exact + 0.5) | 0, 9, places, bytes, at);
  if (awayOfSeven > reach) return writeDecimal(eight, 8, places - 1, bytes, at);
  const six = (exact * 0.001 + 0.5) | 0;
  const awayOfSix = Math.abs(six * 1000 - exact);
  if (Math.abs(awayOfSix - reach) < UNSURE) return writeRare(size, bytes, at);
  if (awayOfSix > reach) return writeDecimal(seven, 7, places - 2, bytes, at);
  return writeShort(six, places - 3, bytes, at);
}

/** What has fewer than six digits is six of them, with zeros behind. */
function writeShort(digits: number, places: number, bytes: Uint8Array, at: number): number {
  for (let rest = (digits / 10) | 0; rest * 10 === digits; rest = (digits / 10) | 0) {
    digits = rest;
    places--;
  }
  return writeDecimal(digits, countDigits(digits), places, bytes, at);
}

/** Writes digits / 10^places as JavaScript writes numbers; there are `count` digits, of which the last is no zero. */
function writeDecimal(digits: number, count: number, places: number, bytes: Uint8Array, at: number): number {
  const before = count - places;
  if (before > 21 || before < -5) return writeExponent(digits, count, before - 1, bytes, at);
  if (before <= 0) {
    bytes[at] = ZERO;
    bytes[at + 1] = POINT;
    at += 2;
    for (let zeros = before; zeros < 0; zeros++) bytes[at++] = ZERO;
    return writeDigits(digits, count, bytes, at);
  }
  if (places <= 0) {
    at = writeDigits(digits, count, bytes, at);
    for (let zeros = places; zeros < 0; zeros++) bytes[at++] = ZERO;
    return at;
  }
  // One place too far, so that the digits before the point can move.
  const end = writeDigits(digits, count, bytes, at + 1);
  for (let moved = 0; moved < before; moved++) bytes[at + moved] = bytes[at + moved + 1] as number;
  bytes[at + before] = POINT;
  return end;
}

function writeExponent(digits: number, count: number, exponent: number, bytes: Uint8Array, at: number): number {
  let end = writeDigits(digits, count, bytes, at + 1);
  bytes[at] = bytes[at + 1] as number;
  bytes[at + 1] = POINT;
  if (count === 1) end = at + 1;
  bytes[end] = LOWER_E;
  bytes[end + 1] = exponent < 0 ? MINUS : PLUS;
  const size = Math.abs(exponent);
  return writeDigits(size, countDigits(size), bytes, end + 2);
}

/** By the first 9 bits of a power of two, as soon as it was asked for: 1 and 0.5 are common. */
const powersOfTwo: string[] = [];

function writeRare(value: number, bytes: Uint8Array, at: number): number {
  if (value === 0 && !Object.is(value, -0)) {
    bytes[at] = ZERO;
    return at + 1;
  }
  single[0] = value;
  const word = bits[0] as number;
  const isPower = (word & 0x7fffff) === 0;
  const text = isPower ? (powersOfTwo[word >>> 23] ??= shortestText(value)) : shortestText(value);
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

/** Below this a float32 loses digits: six are no longer sure to survive, nor to be needed. */
const SUBNORMAL = 2 ** -126;

function shortestText(value: number): string {
  if (value === 0) return '-0.0';
  let digits = Math.abs(value) < SUBNORMAL ? 1 : 6;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  return String(Number(value.toPrecision(digits)));
}

const NULL = Buffer.from('null');

/** Written over and over. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Floats as JSON numbers, comma between; what is not finite as `null`. */
export function singlesText(data: Float32Array): string {
  let text = '';
  let at = 0;
  for (let i = 0; i < data.length; i++) {
    if (at > scratch.length - SINGLE_BYTES - 1) {
      text += scratch.toString('latin1', 0, at);
      at = 0;
    }
    if (i > 0) scratch[at++] = COMMA;
    const value = data[i] as number;
    at = value - value === 0 ? writeSingle(value, scratch, at) : at + NULL.copy(scratch, at);
  }
  return text + scratch.toString('latin1', 0, at);
}
