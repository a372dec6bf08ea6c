import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bringFiles } from '#adapters/brought-files.ts';
import type { ResultDocument } from '#core/training/documents.ts';
import { modelPrefix } from '#core/training/keys.ts';
import { objectiveOf } from '#core/training/tuning/objective.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const ID = 'iris-t1-4';

/** The objective `accuracy` of a training that printed these, and left this as metrics.json. */
async function objective(printed: Record<string, unknown>, left?: string, hash?: string) {
  const store = new MemoryStore();
  const bytes = Buffer.from(left ?? '');
  const sha256 = hash ?? createHash('sha256').update(bytes).digest('hex');
  if (left !== undefined) await store.put(`${modelPrefix(ID)}metrics.json`, bytes);
  const files = left === undefined ? [] : [{ path: 'metrics.json', size: bytes.length, sha256 }];
  const result = { metrics: printed, model: files } as unknown as ResultDocument;
  return objectiveOf({ bring: (prefix, some) => bringFiles(store, prefix, some) }, ID, result, 'accuracy');
}

describe('the objective', () => {
  test.each<[string, Record<string, unknown>, string | undefined, number]>([
    ['is what was printed last', { accuracy: 0.9 }, undefined, 0.9],
    ['is what metrics.json says', { loss: 1 }, '{"accuracy": 0.8}', 0.8],
    ['is what was printed, where both say it', { accuracy: 0.9 }, '{"accuracy": 0.8}', 0.9],
    ['may be 0', { accuracy: 0 }, undefined, 0],
    ['stands beside what is no number', {}, '{"accuracy": 0.8, "r2": NaN, "rows": [-Infinity]}', 0.8],
  ])('%s', async (_, printed, left, value) => expect(await objective(printed, left)).toEqual({ objective: value }));

  test.each<[string, Record<string, unknown>, string | undefined, string, RegExp]>([
    ['NaN', {}, '{"accuracy": NaN}', 'tuning.not_a_number', /^Its accuracy is no finite number\.$/],
    ['infinite', {}, '{"accuracy":-Infinity}', 'tuning.not_a_number', /./],
    ['null, as a store has NaN', { accuracy: null }, undefined, 'tuning.not_a_number', /./],
    ['a text', {}, '{"accuracy": "0.9"}', 'tuning.not_a_number', /./],
    [
      'nowhere',
      { loss: 1, f1: 0.9 },
      '{"auc": 0.7}',
      'tuning.no_objective',
      /^iris-t1-4 ended well, and says nothing of accuracy, which the tuning goes by: it prints loss, f1, and metrics\.json has auc\. Name one of those/,
    ],
    ['nowhere at all', {}, undefined, 'tuning.no_objective', /: it reports no metric at all\./],
    ['in a list', {}, '[0.9]', 'training.note', /metrics\.json of the trainer is no JSON object/],
    ['in what is no JSON', {}, 'accuracy=0.9', 'training.note', /no JSON object/],
    ['a name that every object has', {}, '{}', 'tuning.no_objective', /./],
  ])('that is %s is none', async (_, printed, left, code, reason) =>
    expect(await objective(printed, left)).toEqual({ code, reason: expect.stringMatching(reason) as string }),
  );

  test('in a file that is not what the trainer left is none', async () => {
    expect(await objective({}, '{"accuracy": 1}', '00'.repeat(32))).toMatchObject({ code: 'training.corrupt' });
  });

  test('of any file is a finite number, or a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const found = await objective({}, text);
        if ('objective' in found) expect(Number.isFinite(found.objective)).toBe(true);
        else expect(found.reason).toMatch(/./);
      }),
      { numRuns: 50 },
    );
  });
});
