import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { quarantineLine } from '#core/batch/quarantine.ts';
import { badRow } from './output/shapes.ts';

const lineOf = (...args: Parameters<typeof badRow>): string => Buffer.from(quarantineLine(badRow(...args))).toString();

test('a line says where the row stands, why it is bad, and what it is', () => {
  const bytes = Buffer.from('5.1,"x"');
  expect(lineOf(3, { bytes, length: bytes.length, message: 'column \'a\' is no number: "x"' })).toBe(
    '{"position":30,"row":3,"code":"row.number","message":"column \'a\' is no number: \\"x\\"","text":"5.1,\\"x\\""}\n',
  );
});

test('what has no bytes has none; an object has its key', () => {
  const none = { bytes: new Uint8Array(), length: 0 };
  expect(JSON.parse(lineOf(0, { ...none, key: 'a/b c.png' }))).toEqual({
    position: 0,
    row: 0,
    code: 'row.number',
    message: 'no number',
    key: 'a/b c.png',
  });
});

test.each([
  ['in the middle of a character', Buffer.from('aé').subarray(0, 2), { text: 'a', length: 10 }],
  ['behind a character', Buffer.from('aé'), { text: 'aé', length: 10 }],
  ['before any whole one', Buffer.from('😀').subarray(0, 3), { text: '', length: 10 }],
  ['and is not text', Buffer.from([0xff, 0x61]), { base64: '/2E=', length: 10 }],
])('a row that is cut off %s says how long it was', (_, bytes, expected) => {
  expect(JSON.parse(lineOf(0, { bytes, length: 10 }))).toMatchObject(expected);
});

test('half a character at the end of a row that is whole is no text', () => {
  const bytes = Buffer.from('aé').subarray(0, 2);
  expect(JSON.parse(lineOf(0, { bytes, length: 2 }))).not.toHaveProperty('text');
});

test('any bytes come back as they were, on one line', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 100 }),
    fc.string({ unit: 'binary', minLength: 1 }).map((text) => Buffer.from(`\ufeff${text}\0\r\n`)),
  );
  fc.assert(
    fc.property(bytes, (row) => {
      const line = lineOf(1, { bytes: row, length: row.length });
      expect(line.indexOf('\n')).toBe(line.length - 1);
      const { text, base64, length } = JSON.parse(line) as { text?: string; base64?: string; length?: number };
      expect(length).toBeUndefined();
      const back = text === undefined ? Buffer.from(base64 as string, 'base64') : Buffer.from(text);
      expect(back.equals(row)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
