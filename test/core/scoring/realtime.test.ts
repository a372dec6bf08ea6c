import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { DATATYPE_NAMES, type Datatype } from '#core/model/datatypes.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import { readElements } from '#serving/protocols/oip/elements.ts';
import { Scanner } from '#serving/protocols/oip/scanner.ts';
import { asItIs, readAll, signatureOf } from './reading.ts';
import { sourceOf } from './sources.ts';

const START = '{"x":';

/** What a request would make of an element as JSON writes it: its value, or that it is refused. */
function realTime(datatype: Datatype, json: string): unknown {
  const scanner = new Scanner(Buffer.from(`${START}[${json}]}`));
  scanner.at = START.length;
  try {
    return readElements(scanner, { name: 'x', datatype, shape: [1] }, [1])[0];
  } catch (error) {
    if (error instanceof OnnwardError) return 'refused';
    throw error;
  }
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.tuple(fc.nat(99), fc.bigInt({ min: 0n, max: 10n ** 22n })).map(([a, b]) => `${a}.${b}`),
  fc.tuple(fc.integer(), fc.integer({ min: -50, max: 50 })).map(([a, b]) => `${a}e${b}`),
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '65504',
    '65520',
    '1e3',
    '2147483648',
    '9223372036854775807',
    '18446744073709551615',
  ),
);

test.each(DATATYPE_NAMES.filter((name) => name !== 'BYTES'))(
  'an element of %s is what a real-time call makes of it, in CSV and in JSON lines',
  (datatype) =>
    fc.assert(
      // The same text twice: the second time it may be read in the fast way.
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 8 }), async (drawn) => {
        const texts = drawn.flatMap((text) => [text, text]);
        const expected = texts.map((text) => realTime(datatype, text));
        const layout = layoutOf(signatureOf(['x', datatype, [-1]]), ['x'], {});
        const csv = sourceOf(`x\n${texts.join('\n')}\n`, { heading: ['x'] });
        const jsonl = sourceOf(texts.map((text) => `{"x":${text}}\n`).join(''), { heading: ['x'] });
        for (const [format, source] of [
          [csvFormat({ inflate: asItIs }), csv],
          [jsonlFormat({ inflate: asItIs }), jsonl],
        ] as const) {
          const { rows } = await readAll(format, source, layout);
          expect(rows.map((row) => ('bad' in row ? 'refused' : row.values[0]![0]))).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    ),
);

test('a text is what a real-time call makes of it', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (texts) => {
      const expected = texts.map((text) => realTime('BYTES', JSON.stringify(text)));
      const layout = layoutOf(signatureOf(['x', 'BYTES', [-1]]), ['x'], {});
      const source = sourceOf(texts.map((text) => `${JSON.stringify({ x: text })}\n`).join(''), { heading: ['x'] });
      const { rows } = await readAll(jsonlFormat({ inflate: asItIs }), source, layout);
      expect(rows.map((row) => ('bad' in row ? 'refused' : row.values[0]![0]))).toEqual(expected);
    }),
    { numRuns: 200 },
  ));
