import { invalid } from '#core/errors.ts';
import { CLOSE_OBJECT, COLON, MINUS, OPEN_OBJECT, QUOTE, ZERO, type Scanner } from './scanner.ts';

/** The flat object of a request, an input or a requested output; values of other kinds are nobody's and passed over. */
export type Parameters = ReadonlyMap<string, string | number | boolean>;

export const NO_PARAMETERS: Parameters = new Map();

export function readParameters(scanner: Scanner): Parameters {
  const parameters = new Map<string, string | number | boolean>();
  if (!scanner.opens(OPEN_OBJECT, CLOSE_OBJECT)) return parameters;
  do {
    scanner.peek();
    const key = scanner.string();
    scanner.expect(COLON);
    const value = readScalar(scanner);
    if (value !== undefined) parameters.set(key, value);
  } while (scanner.another(CLOSE_OBJECT));
  return parameters;
}

function readScalar(scanner: Scanner): string | number | boolean | undefined {
  const byte = scanner.peek();
  if (byte === QUOTE) return scanner.string();
  if (byte === MINUS || (byte - ZERO) >>> 0 <= 9) return Number(scanner.number());
  if (byte === 0x74 || byte === 0x66) return scanner.literal() as boolean;
  scanner.skipValue();
  return undefined;
}

/** A parameter that must be true or false where it is given. Throws `request.parameter`. */
export function flag(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters.get(name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid('request.parameter', `parameter "${name}" is a ${typeof value}, expected true or false`);
}

/** A parameter that must be a whole number of at least `least` where it is given. Throws `request.parameter`. */
export function wholeNumber(parameters: Parameters, name: string, least: number): number | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  const came = typeof value === 'number' ? String(value) : `a ${typeof value}`;
  throw invalid('request.parameter', `parameter "${name}" is ${came}, expected a whole number from ${least}`);
}
