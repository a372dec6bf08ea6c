import { describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import { breaksOf, compatibilityOf } from '#core/release/compatibility.ts';

type Spec = Manifest['signature']['inputs'][number];
const spec = (name: string, datatype: Spec['datatype'], shape: number[]): Spec => ({ name, datatype, shape });

const manifest = (
  inputs: Spec[],
  outputs: Spec[],
  { version = 1, labels }: { version?: number; labels?: Record<string, string[]> } = {},
) => ({ version, signature: { inputs, outputs, unserved: [] }, ...(labels && { labels }) }) as unknown as Manifest;

const X = spec('X', 'FP32', [-1, 4]);
const P = spec('probabilities', 'FP32', [-1, 3]);
const LABELS = { probabilities: ['a', 'b', 'c'] };
const live = manifest([X], [P], { labels: LABELS });

describe('what clients of the live version would miss', () => {
  test.each([
    ['nothing of the same', manifest([X], [P], { labels: LABELS }), []],
    ['nothing of one more output', manifest([X], [P, spec('label', 'INT64', [-1])], { labels: LABELS }), []],
    ['nothing of an input that takes more', manifest([spec('X', 'FP32', [-1, -1])], [P], { labels: LABELS }), []],
    [
      'nothing of an output told more exactly',
      manifest([X], [spec('probabilities', 'FP32', [1, 3])], { labels: LABELS }),
      [],
    ],
    ['a renamed input', manifest([spec('Y', 'FP32', [-1, 4])], [P], { labels: LABELS }), ["'X' is gone", "'Y' is new"]],
    ['a retyped input', manifest([spec('X', 'FP64', [-1, 4])], [P], { labels: LABELS }), ['FP64']],
    ['a reshaped input', manifest([spec('X', 'FP32', [-1, 5])], [P], { labels: LABELS }), ['5']],
    ['an input of another rank', manifest([spec('X', 'FP32', [-1])], [P], { labels: LABELS }), ['FP32']],
    ['a narrower input', manifest([spec('X', 'FP32', [1, 4])], [P], { labels: LABELS }), ["input 'X'"]],
    ['one more input', manifest([X, spec('mask', 'BOOL', [-1])], [P], { labels: LABELS }), ["'mask' is new"]],
    [
      'a renamed output',
      manifest([X], [spec('scores', 'FP32', [-1, 3])], { labels: LABELS }),
      ["'probabilities' is gone"],
    ],
    [
      'a reshaped output',
      manifest([X], [spec('probabilities', 'FP32', [-1, 4])], { labels: LABELS }),
      ["output 'probabilities'"],
    ],
    [
      'an output that varies now',
      manifest([X], [spec('probabilities', 'FP32', [-1, -1])], { labels: LABELS }),
      ["output 'probabilities'"],
    ],
    ['labels in another order', manifest([X], [P], { labels: { probabilities: ['b', 'a', 'c'] } }), ['labels']],
    ['labels that are gone', manifest([X], [P]), ['labels']],
  ])('%s', (_, challenger, expected) => {
    const breaks = breaksOf(live, challenger);
    expect(breaks).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(breaks[index]).toContain(words);
  });

  test('a break fails, and says what breaks and what to do', () => {
    const challenger = manifest([spec('Y', 'FP32', [-1, 4])], [P], { version: 2, labels: LABELS });
    const result = compatibilityOf(live, challenger, false);
    expect(result).toMatchObject({ verdict: 'fail', numbers: { champion: 1, challenger: 2, breaks: 2 } });
    expect(result.sentence).toContain("input 'X' is gone");
    expect(result.sentence).toContain('--allow-breaking');
  });

  test('a break that was allowed passes, and still says so', () => {
    const result = compatibilityOf(live, manifest([spec('Y', 'FP32', [-1, 4])], [P], { labels: LABELS }), true);
    expect(result.verdict).toBe('pass');
    expect(result.sentence).toContain("input 'X' is gone");
  });
});
