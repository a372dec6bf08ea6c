import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_BYTES, Mac, MAC_CHARACTERS, MOST_CHARACTERS } from '#core/monitoring/mac.ts';

const ascii = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const keys = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });
const truncatedHmac = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url').slice(0, MAC_CHARACTERS);

describe('a MAC', () => {
  test('is HMAC-SHA-256, for any key and text, one after another with the same key', () => {
    fc.assert(
      fc.property(keys, fc.array(ascii, { maxLength: 5 }), (key, texts) => {
        const mac = new Mac(key);
        expect(texts.map((text) => mac.of(text))).toEqual(texts.map((text) => truncatedHmac(key, text)));
      }),
    );
  });

  test.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, MOST_CHARACTERS])('of %i characters too', (length) => {
    const [key, text] = [randomBytes(KEY_BYTES), 'x'.repeat(length)];
    expect(new Mac(key).of(text)).toBe(truncatedHmac(key, text));
  });

  // RFC 4231, test case 2, whose key is padded with zeros by HMAC itself.
  test('is the one of RFC 4231', () => {
    const key = Buffer.alloc(KEY_BYTES);
    key.write('Jefe');
    const whole = Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex');
    expect(new Mac(key).of('what do ya want for nothing?')).toBe(whole.toString('base64url').slice(0, MAC_CHARACTERS));
  });

  test('has 16 bytes at least, and room for a longer text has its end', () => {
    expect((MAC_CHARACTERS * 6) / 8).toBeGreaterThanOrEqual(16);
    expect(() => new Mac(Buffer.alloc(KEY_BYTES)).of('x'.repeat(MOST_CHARACTERS + 1))).toThrow(RangeError);
  });

  test.each([0, 31, 33, 64])('takes no key of %i bytes', (bytes) => {
    expect(() => new Mac(Buffer.alloc(bytes))).toThrow(RangeError);
  });
});

describe('what matches', () => {
  const mac = new Mac(Buffer.alloc(KEY_BYTES, 7));
  const right = mac.of('text');

  test('is the one MAC of the text', () => expect(mac.matches('text', right)).toBe(true));

  test.each([
    ['of another text', mac.of('texts')],
    ['of another key', new Mac(Buffer.alloc(KEY_BYTES, 8)).of('text')],
    ['shorter', right.slice(0, -1)],
    ['longer', `${right}A`],
    ['empty', ''],
    ['not ASCII', 'é'.repeat(11)],
    ...Array.from(right, (_, at) => [
      `with another character ${at}`,
      right.slice(0, at) + (right[at] === 'A' ? 'B' : 'A') + right.slice(at + 1),
    ]),
  ])('is none %s', (_, given) => expect(mac.matches('text', given)).toBe(false));
});
