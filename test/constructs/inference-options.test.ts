import { checkOptions, type InferenceServiceOptions } from '#constructs/inference-options.ts';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { synthService } from './service.ts';

const refusalOf = (options: InferenceServiceOptions): unknown => {
  try {
    return checkOptions(options);
  } catch (error) {
    return error;
  }
};

describe('what AWS does not do together', () => {
  test.each<[InferenceServiceOptions, string, string]>([
    [
      { snapStart: true, provisionedConcurrency: 1 },
      'snapStart and provisionedConcurrency exclude each other',
      'Leave one of them out.',
    ],
    [
      { snapStart: true, ephemeralStorageSize: 513 },
      'snapStart takes no more than 512 MB of ephemeralStorageSize, which is 513',
      'Leave one of them out, or put the model into the image.',
    ],
    [
      { snapStart: true, packaging: 'zip' },
      "snapStart is there for Node.js in images only, and packaging is 'zip'",
      "Take packaging: 'image', or leave snapStart out.",
    ],
    [
      { provisionedConcurrency: 3, reservedConcurrentExecutions: 2 },
      'provisionedConcurrency is 3, and cannot be over reservedConcurrentExecutions, 2',
      'Raise reservedConcurrentExecutions, to twice as much for a release, during which two versions have it.',
    ],
  ])('%j is refused, with the way out', (options, message, fix) => {
    expect(refusalOf(options)).toMatchObject({ code: 'service.conflict', kind: 'invalid', message, fix });
  });

  test.each<InferenceServiceOptions>([
    {},
    { snapStart: true, ephemeralStorageSize: 512 },
    { snapStart: true, packaging: 'image', reservedConcurrentExecutions: 1 },
    { snapStart: false, packaging: 'zip', provisionedConcurrency: 1 },
    { provisionedConcurrency: 2, reservedConcurrentExecutions: 2 },
  ])('%j is not', (options) => expect(refusalOf(options)).toBeUndefined());
});

describe('ranges', () => {
  const seconds = (value: number) => ({ timeout: Duration.seconds(value) });

  test.each<[InferenceServiceOptions, string]>([
    [{ memorySize: 127 }, 'memorySize is 127, and is to be a whole number from 128 to 10240'],
    [{ memorySize: 10_241 }, 'memorySize is 10241, and is to be a whole number from 128 to 10240'],
    [{ memorySize: 1769.5 }, 'memorySize is 1769.5, and is to be a whole number from 128 to 10240'],
    [seconds(0), 'timeout is 0, and is to be a whole number from 1 to 900'],
    [seconds(901), 'timeout is 901, and is to be a whole number from 1 to 900'],
    [{ ephemeralStorageSize: 511 }, 'ephemeralStorageSize is 511, and is to be a whole number from 512 to 10240'],
    [{ threads: 0 }, 'threads is 0, and is to be a whole number from 1 to 1024'],
    [
      { reservedConcurrentExecutions: 0 },
      'reservedConcurrentExecutions is 0, and is to be a whole number from 1 to 100000',
    ],
    [{ provisionedConcurrency: 0 }, 'provisionedConcurrency is 0, and is to be a whole number from 1 to 100000'],
    [{ memorySize: Number.NaN }, 'memorySize is NaN, and is to be a whole number from 128 to 10240'],
  ])('%j', (options, message) => {
    expect(refusalOf(options)).toMatchObject({ code: 'service.range', kind: 'invalid', message });
  });

  test.each<InferenceServiceOptions>([
    { memorySize: 128, ...seconds(1), threads: 1, reservedConcurrentExecutions: 1 },
    { memorySize: 10_240, ...seconds(900), threads: 6, provisionedConcurrency: 1 },
  ])('to their ends: %j', (options) => expect(refusalOf(options)).toBeUndefined());
});

test('a service refuses what is refused here', () => {
  expect(() => synthService({ memorySize: 64 })).toThrow(expect.objectContaining({ code: 'service.range' }));
});
