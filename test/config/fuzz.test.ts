import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  atLeast,
  better,
  type Config,
  configSchema,
  custom,
  fair,
  noSliceWorse,
  nonInferior,
  notSlower,
  p99Below,
} from '#config/config.ts';
import { deploymentOf, releaseModels } from '#config/deployment.ts';
import type { OnnwardError } from '#core/errors.ts';
import { nameOf } from '#core/release/gates/name.ts';
import { expectResolvable, verifyGates } from '#core/release/gates/resolvable.ts';
import { expectConsistent } from '#core/release/options.ts';

const VALID: Config = {
  store: 'file:.onnward',
  models: {
    digits: {
      memory: 1769,
      batch: { columns: ['a'], concurrency: 5 },
      alarms: { p99: 100 },
      evaluation: { data: 'heldout.csv', label: 'digit', slices: ['writer'], task: 'classification' },
      gates: [
        atLeast('accuracy', 0.93),
        nonInferior('accuracy', { margin: 0.03 }),
        better('f1_macro', { by: 0 }),
        noSliceWorse({ slices: ['writer'], margin: 0.2 }),
        fair('writer', { measure: 'equalOpportunity', limit: 0.1 }),
        p99Below({ ms: 50 }),
        notSlower({ ratio: 1.2, percentile: 99 }),
        custom('./gates/mine.ts'),
      ],
      approval: { expires: '2d' },
      shadow: { data: 'recorded.jsonl', rate: 5 },
      canary: [
        { weight: 5, bake: '10m' },
        { weight: 50, bake: '10m', minimumRequests: 10 },
      ],
      judge: { latencyRatio: 1.2, goldenTraffic: true },
      autoRelease: true,
      feedback: true,
      // oxlint-disable-next-line unicorn/no-thenable -- the word of the configuration
      watch: { accuracy: { below: 0.95, window: '1h', minimum: 200, then: 'rollback' } },
    },
  },
  stages: { dev: {}, prod: { account: '111122223333', releases: { memory: 3538, buckets: ['lake'] } } },
};

/** Either it is refused with a path and words, or all that a release reads of it later works. */
function expectReadable(config: unknown): void {
  const { success, output, issues } = v.safeParse(configSchema, config);
  if (!success) {
    for (const issue of issues) expect(issue.message).toMatch(/^(is|needs|lies|takes|cannot|names)/);
    expect(issues.filter((issue) => v.getDotPath(issue) === null && issue.path !== undefined)).toEqual([]);
    return;
  }
  try {
    for (const options of Object.values(releaseModels(deploymentOf(output)))) {
      const sent = JSON.parse(JSON.stringify(options)) as typeof options;
      expect(expectConsistent(sent, 'the release')).toEqual(sent);
      expect(new Set(sent.gates?.map(nameOf)).size).toBe(sent.gates?.length);
      expect(verifyGates(sent, true)).toHaveLength(1);
      expectResolvable(sent, 1_000_000);
    }
  } catch (error) {
    expect((error as OnnwardError).code).toMatch(/^(config\.|reference\.|release\.unresolvable)/);
  }
}

/** Every place in a value, as the keys that lead there. */
const places = (value: unknown, path: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? [[...path], ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
    : [[...path]];

/** A copy with something else, or nothing, at a place. */
function changed(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  if (rest.length === 0 && by === REMOVED) delete copy[key];
  else copy[key] = changed(copy[key], rest, by);
  return copy;
}
const REMOVED = Symbol('removed');

const garbage = fc.oneof(
  fc.anything({ withNullPrototype: true, withDate: true, withBigInt: true, withSparseArray: true }),
  fc.constantFrom(
    REMOVED,
    Number.NaN,
    -0,
    '',
    '0s',
    '9999999d',
    '1m',
    'accuracy',
    'digit',
    'writer',
    1e308,
    0,
    1,
    -1,
    true,
    [],
    {},
  ),
  fc.double(),
  fc.integer(),
);
const place = fc.constantFrom(...places(VALID));

describe('any configuration is read, or refused with a path', () => {
  test('one that says all of releases', () => {
    expect(v.safeParse(configSchema, VALID).issues).toBeUndefined();
    expectReadable(VALID);
  });

  test('one with something else in one to three places', () => {
    const changes = fc.array(fc.tuple(place, garbage), { minLength: 1, maxLength: 3 });
    const property = fc.property(changes, (made) => {
      const config = made.reduce<unknown>((value, [path, by]) => {
        try {
          return changed(value, path, by);
        } catch {
          return value;
        }
      }, VALID);
      expectReadable(config);
    });
    fc.assert(property, { numRuns: 3000, seed: 6 });
  });

  test('one with a field that nobody knows', () => {
    const property = fc.property(place, fc.string({ maxLength: 12 }), garbage, (path, name, by) => {
      try {
        expectReadable(changed(VALID, [...path, name], by));
      } catch (error) {
        if (!(error instanceof TypeError) || !/spread|create property/.test(error.message)) throw error;
      }
    });
    fc.assert(property, { numRuns: 1000, seed: 6 });
  });

  test('what is none at all', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), expectReadable), {
      numRuns: 2000,
      seed: 6,
    });
  });
});
