import { checkReleases, gateFunctions, gateModules, type ReleaseModels } from '#constructs/release/options.ts';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { GATED, synthReleases } from './synth-releases.ts';

const models: ReleaseModels = { iris: GATED };

describe('what AWS would refuse is refused before', () => {
  test.each([
    [{ concurrency: 0 }, 'concurrency is 0, and is to be a whole number from 1 to 1000'],
    [{ concurrency: 1001 }, 'concurrency is 1001'],
    [{ concurrency: 1.5 }, 'concurrency is 1.5'],
    [{ memorySize: 256 }, 'memorySize is 256, and is to be a whole number from 512 to 10240'],
    [{ ephemeralStorageSize: 511 }, 'ephemeralStorageSize is 511, and is to be a whole number from 512 to 10240'],
    [{ timeout: Duration.minutes(16) }, 'timeout is 960, and is to be a whole number from 60 to 900'],
    [{ timeout: Duration.seconds(59) }, 'timeout is 59'],
  ])('%j', (options, message) => {
    expect(() => checkReleases(options, models)).toThrow(
      expect.objectContaining({ code: 'release.range', message: expect.stringContaining(message) }),
    );
    expect(() => synthReleases(options)).toThrow(message);
  });

  test.each([
    { concurrency: 1, memorySize: 512, ephemeralStorageSize: 512, timeout: Duration.minutes(1) },
    { concurrency: 1000, memorySize: 10_240, ephemeralStorageSize: 10_240, timeout: Duration.minutes(15) },
    {},
  ])('and nothing else: %j', (options) => {
    expect(() => checkReleases(options, models)).not.toThrow();
  });

  test('names that no model can have', () => {
    expect(() => checkReleases({}, { 'a/b': GATED })).toThrow(expect.objectContaining({ code: 'reference.invalid' }));
  });
});

describe('gates of the user', () => {
  const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:our-gate';
  const custom = (run: string) => ({ gate: 'custom', run }) as const;
  const asked: ReleaseModels = {
    iris: { ...GATED, gates: [custom(ARN), custom('./gates/mine.ts')] },
    digits: { ...GATED, gates: [custom(ARN), ...(GATED.gates ?? []), custom('gates/other.ts')] },
    plain: {},
  };

  test('that are functions are each named once', () => {
    expect(gateFunctions(asked)).toEqual([ARN]);
  });

  test('that are modules are each named once', () => {
    expect(gateModules(asked)).toEqual(['./gates/mine.ts', 'gates/other.ts']);
  });
});
