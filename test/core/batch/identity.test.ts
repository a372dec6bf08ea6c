import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrivalHash, isJobId, jobId } from '#core/batch/identity.ts';

const input = (key: string, version = '1') => ({ store: 'file:/in', key, version });
const model = { name: 'echo', version: 1 };
const job = jobId({ model, inputs: [input('a.csv')] });

describe('the name of a job', () => {
  test('is short, and the same today as it was: outputs are found by it', () => {
    expect(job).toBe('ysvf7d0r6wjyn00k');
    expect(isJobId(job)).toBe(true);
  });

  test.each([
    ['model', { model: { name: 'echa', version: 1 }, inputs: [input('a.csv')] }],
    ['version', { model: { name: 'echo', version: 2 }, inputs: [input('a.csv')] }],
    ['file', { model, inputs: [input('b.csv')] }],
    ['version of the file', { model, inputs: [input('a.csv', '2')] }],
    ['other file besides', { model, inputs: [input('a.csv'), input('b.csv')] }],
    ['option', { model, inputs: [input('a.csv')], options: { id: 'id' } }],
  ])('is another one for another %s', (_, other) => {
    expect(jobId(other)).not.toBe(job);
  });

  test('is the same, in whatever order inputs and options come', () => {
    const [a, b] = [input('a.csv'), input('b.csv')];
    const one = jobId({ model, inputs: [a, b], options: { id: 'id', join: true, columns: { x: ['a', 'b'] } } });
    expect(jobId({ model, inputs: [b, a], options: { columns: { x: ['a', 'b'] }, join: true, id: 'id' } })).toBe(one);
    expect(jobId({ model, inputs: [b, a], options: { columns: { x: ['b', 'a'] }, join: true, id: 'id' } })).not.toBe(
      one,
    );
    expect(jobId({ model, inputs: [a], options: {} })).toBe(job);
  });

  test('does not confuse where a key ends and a version begins', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (key, version, otherKey, otherVersion) => {
        const same = key === otherKey && version === otherVersion;
        const names = [input(key, version), input(otherKey, otherVersion)].map((some) =>
          jobId({ model, inputs: [some] }),
        );
        expect(names[0] === names[1]).toBe(same);
        expect(isJobId(names[0]!)).toBe(true);
      }),
    );
  });

  test.each(['', '../../etc/passwd', '0123456789ABCDEF', 'ilouilouilouilou', '0123456789abcde', '0123456789abcdefg'])(
    'is not %j',
    (text) => {
      expect(isJobId(text)).toBe(false);
    },
  );
});

test('the claim on an object is one for its version and its model', () => {
  const arrival = { store: 's3://bucket', key: 'batch/in/echo/a.csv', version: 'v:1', model: 'echo' };
  const hashes = [
    arrival,
    { ...arrival, version: 'v:2' },
    { ...arrival, model: 'echa' },
    { ...arrival, store: 's3://other' },
  ].map(arrivalHash);
  expect(new Set(hashes).size).toBe(4);
  expect(arrivalHash({ ...arrival })).toBe(hashes[0]);
});
