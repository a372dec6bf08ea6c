import { halfToNumber } from '#core/model/halves.ts';
import { ByteValues } from './byte-values.ts';
import { decimalText, unscaledAt } from './decimals.ts';
import type { Leaf, TimeUnit } from './schema.ts';
import type { Values } from './values.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes, undefined where they are no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A value as it is written into outputs: dates and times by ISO 8601, bytes that are no text as base64. */
export function textAt(values: Values, index: number, leaf: Leaf): string {
  const { logical, physical } = leaf;
  switch (logical.kind) {
    case 'decimal':
      return decimalText(unscaledAt(values, index), logical.scale);
    case 'date':
      return isoTime(BigInt(integerAt(values, index)) * 86_400_000n, 'ms', 'date');
    case 'time':
      return isoTime(BigInt(integerAt(values, index)), logical.unit, 'time') + (logical.utc ? 'Z' : '');
    case 'timestamp':
      return isoTime(timestampAt(values, index), logical.unit, 'timestamp') + (logical.utc ? 'Z' : '');
    case 'unsigned':
      return String(
        typeof integerAt(values, index) === 'bigint'
          ? BigInt.asUintN(64, BigInt(integerAt(values, index)))
          : Number(integerAt(values, index)) >>> 0,
      );
    case 'half':
      return String(halfAt(values, index));
    case 'uuid':
      return Buffer.from((values as ByteValues).at(index))
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    default:
      break;
  }
  if (values instanceof ByteValues)
    return utf8Text(values.at(index)) ?? Buffer.from(values.at(index)).toString('base64');
  if (physical === 'BOOLEAN') return values[index] ? 'true' : 'false';
  return physical === 'FLOAT' ? singleText(values[index] as number) : String(values[index]);
}

/** The fewest digits that are read as the same float32 again. */
export function singleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/** The number that the two bytes of a FLOAT16 stand for. */
export function halfAt(values: Values, index: number): number {
  const [low = 0, high = 0] = (values as ByteValues).at(index);
  return halfToNumber(low | (high << 8));
}

const integerAt = (values: Values, index: number): number | bigint =>
  (values as Int32Array | BigInt64Array)[index] as number | bigint;

/** INT96 is nanoseconds of a day (8 bytes) and the Julian day (4 bytes). */
function timestampAt(values: Values, index: number): bigint {
  if (!(values instanceof ByteValues)) return BigInt(integerAt(values, index));
  const bytes = values.at(index);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return BigInt(view.getInt32(8, true) - 2_440_588) * 86_400_000_000_000n + view.getBigInt64(0, true);
}

const PER_MS: Readonly<Record<TimeUnit, bigint>> = { ms: 1n, us: 1000n, ns: 1_000_000n };
const FRACTION_DIGITS: Readonly<Record<TimeUnit, number>> = { ms: 3, us: 6, ns: 9 };
/** Milliseconds that JavaScript has dates for, around 1970. */
const MAX_DATE = 8_640_000_000_000_000n;

/** What is beyond all dates stays the number that it is. */
function isoTime(value: bigint, unit: TimeUnit, part: 'date' | 'time' | 'timestamp'): string {
  const perMs = PER_MS[unit];
  const fraction = ((value % (perMs * 1000n)) + perMs * 1000n) % (perMs * 1000n);
  const ms = (value - fraction) / perMs;
  if (ms > MAX_DATE || ms < -MAX_DATE) return String(value);
  const iso = new Date(Number(ms)).toISOString().slice(0, -5);
  const [date = '', time = ''] = iso.split('T');
  if (part === 'date') return date;
  const precise = fraction === 0n ? time : `${time}.${String(fraction).padStart(FRACTION_DIGITS[unit], '0')}`;
  return part === 'time' ? precise : `${date}T${precise}`;
}
