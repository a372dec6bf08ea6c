import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { Scanner } from '#serving/protocols/oip/scanner.ts';

const scan = (text: string | Uint8Array): Scanner => new Scanner(Buffer.from(text));

/** Whether the whole of a text is accepted as one object. */
function accepts(text: string | Uint8Array): boolean {
  try {
    const scanner = scan(text);
    scanner.skipValue();
    return scanner.peek() === -1;
  } catch (error) {
    if (error instanceof OnnwardError && error.kind === 'invalid') return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    return (JSON.parse(text) as unknown) !== undefined;
  } catch {
    return false;
  }
}

describe('the scanner takes what JSON.parse takes', () => {
  test('whatever is written as JSON, with white space anywhere', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t', '  '), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(accepts(`${text} \r\n\t`)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('and refuses what it refuses, one character away', () => {
    const object = JSON.stringify({ a: [1, -2.5e-3, 'x\\y"\u00e9', true, null, {}, []], b: { c: 0 } });
    const edit = fc.record({
      at: fc.nat(object.length - 1),
      text: fc.constantFrom('', ...Array.from('0159-+.eE"\\[]{},: \tntfu/\u0001')),
      cut: fc.nat(1),
    });
    fc.assert(
      fc.property(edit, ({ at, text, cut }) => {
        const edited = object.slice(0, at) + text + object.slice(at + cut);
        expect(accepts(edited), edited).toBe(parses(edited));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    '',
    ' ',
    '{',
    '}',
    '[]',
    '1',
    '"a"',
    'null',
    '{}{}',
    '{},',
    '[}',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '{"a":1,}',
    '\ufeff{}',
    "{'a':1}",
  ])('"%s" is no object', (text) => {
    const scanned = accepts(text) && text.startsWith('{');
    expect(scanned).toBe(false);
  });
});

describe('strings', () => {
  test('are read as JSON.parse reads them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, escape) => {
        const json = JSON.stringify(text);
        const written = escape
          ? json.replace(/[^\\"\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json;
        const scanner = scan(`${written}}`);
        expect(scanner.string()).toBe(JSON.parse(written));
        expect(scanner.peek()).toBe('}'.charCodeAt(0));
      }),
    );
  });

  test.each([
    [[0xff]],
    [[0xc0, 0x80]],
    [[0xe0, 0x80, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0xc3]],
  ])('bytes %j are no UTF-8', (bytes) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(accepts(body)).toBe(false);
  });

  test.each(['"\\x"', '"\\u12"', '"\\u12g4"', '"a\nb"', '"\u007f\u0000"', '"a', '"\\"'])('%j is none', (text) => {
    expect(accepts(`{"a":${text}}`)).toBe(false);
  });

  test('a known text is told by its bytes, to the closing quote', () => {
    const name = Buffer.from('data');
    expect(scan(' "data"}').takes(name)).toBe(true);
    for (const other of ['"datatype"}', '"dat"}', '"Data"}', 'data}', '"dat\\u0061"}', '}'])
      expect(scan(other).takes(name)).toBe(false);
  });
});

describe('nesting', () => {
  test('64 levels are taken, more refused, without a stack overflow', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(accepts(nested(64))).toBe(true);
    expect(accepts(nested(65))).toBe(false);
    expect(accepts(nested(1_000_000))).toBe(false);
  });
});

test('a refusal tells the place, and nothing of what was sent', () => {
  expect(() => scan('{"secret":x}').skipValue()).toThrow(
    'the body is not the JSON it should be: expected a value at byte 10',
  );
});
