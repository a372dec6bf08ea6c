import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeDocument, encodeDocument, sha256 } from '#core/registry/document.ts';
import { decodeRecord, digestHolds } from '#core/registry/history.ts';

const KEY = 'models/m/history/0000000001.json';
const record = { sequence: 1, at: 'now', actor: 'ada', action: 'x', previous: '0'.repeat(64) };

const withDigest = (value: object): Uint8Array => encodeDocument({ ...value, digest: sha256(encodeDocument(value)) });

describe('digestHolds', () => {
  test('for a record as it was written, whatever it says', () => {
    const evidence = fc.dictionary(
      fc.string().filter((field) => field !== 'digest'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(evidence, (more) => {
        expect(digestHolds(withDigest({ ...more, ...record }))).toBe(true);
      }),
    );
  });

  test('for none of which any byte was changed', () => {
    const bytes = withDigest({ ...record, why: 'because "digest": "0"' });
    for (let index = 0; index < bytes.length; index++) {
      const wrong = Buffer.from(bytes);
      wrong[index]! ^= 1;
      expect(digestHolds(wrong), `byte ${index}`).toBe(false);
    }
  });

  test.each(['', '{}', '{}\n', '{\n  "digest": "x"\n}\n', `{"digest":"${'0'.repeat(64)}"}`])('nor for %j', (text) => {
    expect(digestHolds(Buffer.from(text))).toBe(false);
  });
});

describe('decodeRecord', () => {
  test('gives what was written, with fields that it does not know', () => {
    expect(decodeRecord(KEY, withDigest({ ...record, later: [1] }))).toMatchObject({ ...record, later: [1] });
  });

  test.each(Object.keys(record))('names the file and the field where %s is missing', (field) => {
    const { [field as 'at']: _, ...rest } = record;
    expect(() => decodeRecord(KEY, withDigest(rest))).toThrow(
      `${KEY} is not as Onnward wrote it: it has no '${field}'.`,
    );
  });
});

describe('decodeDocument', () => {
  test.each(['', 'nonsense', '[]', 'null', '7', '"text"', '{"a":1'])('refuses %j', (text) => {
    const refusal = { code: 'registry.corrupt', kind: 'corrupt', fields: { key: 'k' } };
    expect(() => decodeDocument('k', Buffer.from(text))).toThrow(expect.objectContaining(refusal));
  });

  test('refuses what is not UTF-8', () => {
    expect(() => decodeDocument('k', Buffer.from('{"a":"\xff"}', 'latin1'))).toThrow(/k is not as Onnward wrote it/);
  });

  test('reads back what encodeDocument wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(decodeDocument('k', encodeDocument(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
