import { isUtf8 } from 'node:buffer';
import { invalid, type OnnwardError } from '#core/errors.ts';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** Deep enough for anything that a client means, shallow enough for the stack. */
const MAX_DEPTH = 64;

const isSpace = (byte: number): boolean => byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The literals that JSON has, by their first byte. */
const LITERALS = new Map([
  [0x74, Buffer.from('true')],
  [0x66, Buffer.from('false')],
  [0x6e, Buffer.from('null')],
]);

/**
 * A strict cursor over the bytes of one JSON object (RFC 8259, UTF-8). It lets a protocol read numbers straight into a
 * typed array: no text, no intermediate arrays, nothing built for keys that nobody asks for.
 */
export class Scanner {
  readonly bytes: Buffer;
  readonly view: DataView;
  /**
   * Behind the last byte that is not white space. That byte is checked to be `}`, so a loop over digits always meets
   * a byte that stops it, and needs no bounds check of its own.
   */
  readonly end: number;
  at = 0;

  constructor(bytes: Buffer) {
    let end = bytes.length;
    while (end > 0 && isSpace(bytes[end - 1] as number)) end--;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = end;
    if (end === 0) throw invalid('request.json', 'the body is empty, expected a JSON object');
    if (bytes[end - 1] !== CLOSE_OBJECT) throw this.expected('an object that ends with "}"', end - 1);
  }

  /** The next byte that is not white space, without taking it; -1 at the end. */
  peek(): number {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte > SPACE || !isSpace(byte)) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = end;
    return -1;
  }

  expect(byte: number): void {
    if (this.peek() !== byte) throw this.expected(`"${String.fromCharCode(byte)}"`);
    this.at++;
  }

  /** After a member or an element: true where another follows a comma, false once the closing byte is taken. */
  another(close: number): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== close) throw this.expected(`"," or "${String.fromCharCode(close)}"`);
    this.at++;
    return byte === COMMA;
  }

  /** Takes the opening byte; false where the closing one follows at once, and is taken too. */
  opens(open: number, close: number): boolean {
    this.expect(open);
    if (this.peek() !== close) return true;
    this.at++;
    return false;
  }

  /** Takes the string at the cursor if its bytes are just `text` (ASCII, nothing escaped) and says whether it did. */
  takes(text: Buffer): boolean {
    if (this.peek() !== QUOTE) return false;
    const { bytes } = this;
    const start = this.at + 1;
    const length = text.length;
    if (bytes[start + length] !== QUOTE) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== text[i]) return false;
    this.at = start + length + 1;
    return true;
  }

  string(): string {
    const start = this.at;
    const plain = this.skipString();
    if (plain) return this.bytes.toString('latin1', start + 1, this.at - 1);
    const text = this.bytes.toString('utf8', start, this.at);
    try {
      return JSON.parse(text) as string;
    } catch {
      throw this.expected('a string with valid escapes', start);
    }
  }

  /** Passes over a string, checked but for its escapes; true where it is ASCII with nothing escaped. */
  private skipString(): boolean {
    const { bytes, end, at: start } = this;
    if (bytes[start] !== QUOTE) throw this.expected('a string');
    let escaped = false;
    let high = 0;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.at = at + 1;
        if (high < 0x80) return !escaped;
        if (isUtf8(bytes.subarray(start + 1, at))) return false;
        throw this.expected('valid UTF-8', start);
      }
      if (byte === BACKSLASH) {
        escaped = true;
        at++;
      } else if (byte < SPACE) throw this.expected('control characters to be escaped', at);
      high |= byte;
    }
    throw this.expected('a closing quote', end);
  }

  /** Takes a whole number of at most nine digits, written plainly; undefined where it is anything else. */
  takeWhole(): number | undefined {
    const { bytes, at: start } = this;
    let at = start;
    let value = 0;
    for (let digit = 0; (digit = (bytes[at] as number) - ZERO) >>> 0 <= 9 && at < start + 9; at++)
      value = value * 10 + digit;
    const byte = bytes[at] as number;
    const plain = at > start && (at === start + 1 || bytes[start] !== ZERO);
    if (!plain || (byte !== COMMA && byte !== CLOSE_ARRAY)) return undefined;
    this.at = at;
    return value;
  }

  /** Passes over the number at the cursor, strictly, and gives its text. */
  number(): string {
    const start = this.at;
    const { bytes } = this;
    let at = start;
    if (bytes[at] === MINUS) at++;
    const leading = at;
    at = this.digits(at);
    if (bytes[leading] === ZERO && at > leading + 1) throw this.expected('no leading zero', leading);
    if (bytes[at] === POINT) at = this.digits(at + 1);
    if (((bytes[at] as number) | SPACE) === 0x65) {
      at++;
      if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
      at = this.digits(at);
    }
    this.at = at;
    return bytes.toString('latin1', start, at);
  }

  private digits(at: number): number {
    const start = at;
    while (((this.bytes[at] as number) - ZERO) >>> 0 <= 9) at++;
    if (at === start) throw this.expected('a digit', at);
    return at;
  }

  /** Takes `true`, `false` or `null`. */
  literal(): boolean | null {
    const { bytes, at } = this;
    const word = LITERALS.get(bytes[at] as number);
    if (!word) throw this.expected('a value');
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) throw this.expected(`"${word.toString()}"`);
    this.at = at + word.length;
    return word.length === 5 ? false : bytes[at] === 0x74 ? true : null;
  }

  /** What stands at the cursor, in words for a message; nothing is taken. */
  kind(): string {
    const byte = this.peek();
    if (byte === QUOTE) return 'a string';
    if (byte === OPEN_ARRAY) return 'an array';
    if (byte === OPEN_OBJECT) return 'an object';
    if (byte === MINUS || (byte - ZERO) >>> 0 <= 9) return 'a number';
    const { at } = this;
    const word = String(this.literal());
    this.at = at;
    return word;
  }

  /** Passes over any value, as strictly as if it were wanted. */
  skipValue(depth = 0): void {
    if (depth > MAX_DEPTH) throw this.expected(`at most ${MAX_DEPTH} levels of nesting`);
    const byte = this.peek();
    if (byte === QUOTE) this.string();
    else if (byte === MINUS || (byte - ZERO) >>> 0 <= 9) this.number();
    else if (byte === OPEN_ARRAY) this.skipArray(depth);
    else if (byte === OPEN_OBJECT) this.skipObject(depth);
    else this.literal();
  }

  private skipArray(depth: number): void {
    if (!this.opens(OPEN_ARRAY, CLOSE_ARRAY)) return;
    do this.skipValue(depth + 1);
    while (this.another(CLOSE_ARRAY));
  }

  private skipObject(depth: number): void {
    if (!this.opens(OPEN_OBJECT, CLOSE_OBJECT)) return;
    do {
      this.peek();
      this.string();
      this.expect(COLON);
      this.skipValue(depth + 1);
    } while (this.another(CLOSE_OBJECT));
  }

  /** The refusal, with the place; never with the bytes themselves, which are the client's. */
  expected(what: string, at = this.at): OnnwardError {
    return invalid('request.json', `the body is not the JSON it should be: expected ${what} at byte ${at}`);
  }
}
