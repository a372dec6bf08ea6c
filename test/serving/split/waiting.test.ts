import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadedModel } from '#core/ports.ts';
import { Waiting } from '#serving/split/waiting.ts';

/** A model that answers when the test says so, in any order. */
function pendingModel() {
  const asked: PromiseWithResolvers<readonly never[]>[] = [];
  const model = {
    signature: { inputs: [], outputs: [] },
    statistics: { inferenceCount: 3 },
    infer: () => {
      const answer = Promise.withResolvers<readonly never[]>();
      asked.push(answer);
      return answer.promise;
    },
    close: async () => void (model.closed = true),
    closed: false,
  };
  return { asked, model: model as typeof model & LoadedModel };
}

const watching = (isWatched = true) => {
  const { asked, model } = pendingModel();
  const state = { isWatched };
  const waiting = new Waiting(() => state.isWatched);
  return { asked, model, state, waiting, watched: waiting.watched('m', 2, model) };
};

describe('requests that wait', () => {
  test('are there from when they are asked until they are answered, or fail', async () => {
    const { asked, waiting, watched } = watching();
    const [first, second] = [watched.infer([]), watched.infer([])];
    expect(waiting.agesMs('m', 2)).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const ms of waiting.agesMs('m', 2)) expect(ms).toBeGreaterThan(25);
    asked[1]!.reject(new Error('no'));
    await expect(second).rejects.toThrow('no');
    expect(waiting.agesMs('m', 2)).toHaveLength(1);
    asked[0]!.resolve([]);
    expect(await first).toEqual([]);
    expect(waiting.agesMs('m', 2)).toEqual([]);
  });

  test('are of one version', () => {
    const { waiting, watched } = watching();
    void watched.infer([]);
    expect([waiting.agesMs('m', 1), waiting.agesMs('other', 2)]).toEqual([[], []]);
  });

  test('are told of two models that are the same version together, as both answer for it', () => {
    const { waiting, watched } = watching();
    const other = waiting.watched('m', 2, pendingModel().model);
    void watched.infer([]);
    void other.infer([]);
    expect(waiting.agesMs('m', 2)).toHaveLength(2);
  });

  test('are nobody’s business while nobody watches; those from before are told until they end', async () => {
    const { asked, waiting, watched, state } = watching(false);
    void watched.infer([]);
    expect(waiting.agesMs('m', 2)).toEqual([]);
    state.isWatched = true;
    const second = watched.infer([]);
    state.isWatched = false;
    void watched.infer([]);
    expect(waiting.agesMs('m', 2)).toHaveLength(1);
    asked[1]!.resolve([]);
    await second;
    expect(waiting.agesMs('m', 2)).toEqual([]);
  });

  test('are those that are left, in whatever order others are answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (order) => {
        const { asked, waiting, watched } = watching();
        const answers = order.map(() => watched.infer([]));
        const left = order.map((_, index) => index);
        for (const draw of order) {
          const [index] = left.splice(draw % left.length, 1) as [number];
          asked[index]!.resolve([]);
          await answers[index];
          expect(waiting.agesMs('m', 2)).toHaveLength(left.length);
          const ages = waiting.agesMs('m', 2);
          expect(ages).toEqual([...ages].sort((a, b) => b - a));
        }
      }),
    );
  });
});

test('a model that is watched is the model, in all else', async () => {
  const { model, watched } = watching();
  expect([watched.signature, watched.statistics]).toEqual([model.signature, model.statistics]);
  await watched.close();
  expect(model.closed).toBe(true);
});
