import { type BatchModel, checkBatch, MOST_OPTIONS_BYTES, optionsText } from '#constructs/batch/options.ts';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { synthBatch } from './synth-batch.ts';

const models = { iris: {} };

describe('what AWS would refuse is refused before', () => {
  test.each([
    [{ concurrency: 0 }, 'concurrency is 0, and is to be a whole number from 1 to 10000'],
    [{ concurrency: 10_001 }, 'concurrency is 10001'],
    [{ concurrency: 1.5 }, 'concurrency is 1.5'],
    [{ memorySize: 256 }, 'memorySize is 256, and is to be a whole number from 512 to 10240'],
    [{ ephemeralStorageSize: 511 }, 'ephemeralStorageSize is 511, and is to be a whole number from 512 to 10240'],
    [{ timeout: Duration.minutes(16) }, 'timeout is 960, and is to be a whole number from 60 to 900'],
    [{ timeout: Duration.seconds(59) }, 'timeout is 59'],
  ])('%j', (options, message) => {
    expect(() => checkBatch(options, models)).toThrow(
      expect.objectContaining({ code: 'batch.range', message: expect.stringContaining(message) }),
    );
    expect(() => synthBatch(options)).toThrow(message);
  });

  test.each([
    { concurrency: 1, memorySize: 512, ephemeralStorageSize: 512, timeout: Duration.minutes(1) },
    { concurrency: 10_000, memorySize: 10_240, ephemeralStorageSize: 10_240, timeout: Duration.minutes(15) },
    {},
  ])('and what is within its limits is not: %j', (options) => {
    expect(() => checkBatch(options, models)).not.toThrow();
  });

  test('a name that is no model’s', () => {
    expect(() => checkBatch({}, { 'No Model': {} })).toThrow(expect.objectContaining({ code: 'reference.invalid' }));
  });
});

describe('the options of all models', () => {
  const wide = (columns: number): BatchModel => ({
    options: { columns: Array.from({ length: columns }, (_, index) => `pixel_${index}`) },
  });

  test('are told to the worker by model, each of them, also without any', () => {
    const said = { iris: { options: { id: 'row' }, schedule: { rate: 'rate(1 day)', input: 'batch/a/' } }, digits: {} };
    expect(JSON.parse(optionsText(said))).toEqual({ iris: { id: 'row' }, digits: {} });
  });

  test('that are longer than an environment are refused, with the way round', () => {
    const fits = { a: wide(64), b: wide(64), c: wide(64), d: wide(20) };
    expect(Buffer.byteLength(optionsText(fits))).toBeLessThan(MOST_OPTIONS_BYTES);
    expect(() => checkBatch({}, fits)).not.toThrow();
    const error = expect.objectContaining({
      code: 'batch.options_too_long',
      message: expect.stringMatching(/^the batch options of 2 models are \d{4,} bytes long, .* takes 3500\.$/),
      fix: expect.stringContaining('.batch.json'),
    });
    expect(() => checkBatch({}, { a: wide(64), b: wide(500) })).toThrow(error);
  });

  test('leave room for all else that the environment holds', () => {
    const environment = synthBatch().findResources('AWS::Lambda::Function');
    const [worker] = Object.values(environment) as { Properties: { Environment: { Variables: object } } }[];
    const variables = Object.entries(worker!.Properties.Environment.Variables) as [string, unknown][];
    const others = variables
      .filter(([name]) => name !== 'ONNWARD_BATCH_MODELS')
      .reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
    // A bucket's name has 63 characters, a stage's 20.
    expect(others + 'ONNWARD_BATCH_MODELS'.length + 63 + 20 + MOST_OPTIONS_BYTES).toBeLessThan(4096);
  });
});
