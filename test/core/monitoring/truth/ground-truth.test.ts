import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groundTruthIn } from '#core/monitoring/truth/ground-truth.ts';

const line = (data: unknown, encoding: string | undefined, eventMetadata: object): string =>
  JSON.stringify({ groundTruthData: { data, encoding }, eventMetadata, eventVersion: '0' });

describe('a line of ground truth', () => {
  test.each([
    ['1', 'CSV', ['1']],
    ['1', undefined, ['1']],
    [7, 'CSV', ['7']],
    ['yes\nno\n', 'CSV', ['yes', 'no']],
    ['"a ""b"", c"', 'CSV', ['a "b", c']],
    ['1.5\r\n2', 'CSV', ['1.5', '2']],
    ['"yes"', 'JSON', ['yes']],
    ['[1, "no"]', 'JSON', ['1', 'no']],
    [Buffer.from('yes').toString('base64'), 'BASE64', ['yes']],
  ])('with %j as %s holds %j', (data, encoding, truths) => {
    expect(groundTruthIn(line(data, encoding, { eventId: 'e' }))).toEqual({ id: 'e', truths });
  });

  test('is of the inference id where there is one', () => {
    const metadata = { eventId: 'e', inferenceId: 'i' };
    expect(groundTruthIn(line('1', 'CSV', metadata))?.id).toBe('i');
  });

  test.each([
    '',
    'x',
    '[]',
    '{}',
    line('1', 'CSV', {}),
    line('1', 'XML', { eventId: 'e' }),
    line({}, 'CSV', { eventId: 'e' }),
    line('{}', 'JSON', { eventId: 'e' }),
    line('1', 'CSV', { eventId: '' }),
    line('1', 'CSV', { eventId: 'x'.repeat(257) }),
  ])('is not %s', (text) => expect(groundTruthIn(text)).toBeUndefined());

  test('is read or not, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = groundTruthIn(text);
        expect(read === undefined || typeof read.id === 'string').toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('CSV', 'JSON', 'BASE64'), (data, encoding) => {
        const read = groundTruthIn(line(data, encoding, { eventId: 'e' }));
        expect(read?.truths.every((truth) => typeof truth === 'string') ?? true).toBe(true);
      }),
    );
  });
});
