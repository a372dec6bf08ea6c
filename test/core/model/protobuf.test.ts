import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageReader, ProtobufError } from '#core/model/protobuf.ts';
import { bytes, integer, message, text } from './onnx-proto.ts';

const drain = (...input: number[]) => {
  const reader = new MessageReader(Uint8Array.from(input));
  while (reader.next());
};

const nest = (levels: number) => {
  let input: Uint8Array = new Uint8Array();
  for (let level = 0; level < levels; level++) input = message(1, input);
  let reader = new MessageReader(input);
  while (reader.next()) reader = reader.message();
};

describe('what was written is read', () => {
  test('integers up to 2^53', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 29 - 1 }), fc.maxSafeNat(), (field, value) => {
        const reader = new MessageReader(integer(field, value));
        expect(reader.next()).toBe(true);
        expect([reader.field, reader.number()]).toStrictEqual([field, value]);
        expect(reader.next()).toBe(false);
      }),
    );
  });

  test('texts and messages within messages, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })), (texts) => {
        const outer = new MessageReader(message(3, ...texts.map((value) => text(1, value))));
        expect(outer.next()).toBe(true);
        const inner = outer.message();
        const read: string[] = [];
        while (inner.next()) read.push(inner.text());
        expect(read).toStrictEqual(texts);
        expect(outer.next()).toBe(false);
      }),
    );
  });

  test('fields that nobody asks for are skipped, of every wire type', () => {
    const fixed64 = [(5 << 3) | 1, ...new Uint8Array(8)];
    const fixed32 = [(6 << 3) | 5, ...new Uint8Array(4)];
    const all = [...fixed64, ...fixed32, ...integer(7, 300), ...bytes(8, new Uint8Array(1000)), ...text(9, 'end')];
    const reader = new MessageReader(Uint8Array.from(all));
    const fields: number[] = [];
    while (reader.next()) fields.push(reader.field);
    expect(fields).toStrictEqual([5, 6, 7, 8, 9]);
    expect(reader.text()).toBe('end');
  });
});

describe('what is malformed is refused', () => {
  test.each<[string, number[], RegExp]>([
    ['a number cut short', [0x08, 0x80], /end within a number/],
    ['a tag cut short', [0x88], /end within a number/],
    ['a tag alone', [0x08], /end within a number/],
    ['a number of 11 bytes', [0x08, ...Array.from({ length: 10 }, () => 0xff), 1], /more than 10 bytes/],
    ['a length beyond the end', [0x0a, 5, 1, 2], /field 1 ends after the bytes do/],
    ['a length beyond 2^63', [0x0a, ...Array.from({ length: 9 }, () => 0xff), 1], /field 1 ends after/],
    ['fixed bytes cut short', [0x09, 1, 2, 3], /field 1 ends after/],
    ['field 0', [0x00, 1], /field number 0/],
    ['a field beyond 2^29', [0x80, 0x80, 0x80, 0x80, 0x10, 1], /out of range/],
    ['a group', [0x0b, 0x0c], /wire type 3 is unknown/],
  ])('%s', (_, input, problem) => {
    expect(() => drain(...input)).toThrow(ProtobufError);
    expect(() => drain(...input)).toThrow(problem);
  });

  test('a field of another wire type than asked for', () => {
    const number = new MessageReader(integer(4, 1));
    number.next();
    expect(() => number.text()).toThrow('field 4 has wire type 0, not 2');
    expect(() => number.message()).toThrow(ProtobufError);
    const name = new MessageReader(text(4, 'a'));
    name.next();
    expect(() => name.number()).toThrow('field 4 has wire type 2, not 0');
  });

  test('more levels than 100', () => {
    expect(() => nest(100)).not.toThrow();
    expect(() => nest(101)).toThrow(/deeper than 100/);
  });

  test('any bytes are read to their end or refused, never beyond', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          drain(...input);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
