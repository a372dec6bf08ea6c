import { describe, expect, test } from 'vitest';
import type { Config } from '#config/config.ts';
import { deploymentOf, reservedBy, stagesOf } from '#config/deployment.ts';

const models = { iris: { memory: 512 } };
const thrown = (config: Config, stage?: string): unknown => {
  try {
    return deploymentOf(config, stage);
  } catch (error) {
    return error;
  }
};

describe('what is deployed', () => {
  test('is the first stage, where none is named', () => {
    const config: Config = { models, stages: { test: { region: 'eu-west-1' }, prod: {} } };
    expect(stagesOf(config)).toEqual(['test', 'prod']);
    expect(deploymentOf(config)).toEqual({ stage: 'test', region: 'eu-west-1', api: {}, models });
    expect(deploymentOf(config, 'prod')).toEqual({ stage: 'prod', api: {}, models });
  });

  test('is a stage dev, where the configuration has none', () => {
    expect(stagesOf({})).toEqual(['dev']);
    expect(deploymentOf({ models })).toEqual({ stage: 'dev', api: {}, models });
  });
});

describe('the executions that it reserves', () => {
  const reserved = (config: Config) => reservedBy(deploymentOf(config));
  test.each<[string, Config, number]>([
    ['nothing', { models }, 0],
    ['its models', { models: { iris: { reservedConcurrency: 3 }, digits: { reservedConcurrency: 4 } } }, 7],
    ['batch inference', { models: { iris: { batch: {}, reservedConcurrency: 3 } } }, 23],
    ['batch inference once', { models: { iris: { batch: {} }, digits: { batch: {} } } }, 20],
    [
      'as much as it is told',
      { models: { iris: { batch: {} } }, stages: { dev: { batch: { concurrency: 5 } }, prod: {} } },
      5,
    ],
    ['nothing, where no model has batch', { models, stages: { dev: { batch: { concurrency: 5 } } } }, 0],
  ])('are those of %s', (_, config, executions) => {
    expect(reserved(config)).toBe(executions);
  });
});

describe('nothing is deployed', () => {
  test.each<[Config, string | undefined, string, string]>([
    [{ models }, 'prod', 'config.no_such_stage', "the configuration has no stage 'prod'."],
    [{ models, stages: {} }, undefined, 'config.no_such_stage', 'the configuration has no stage.'],
    [{}, undefined, 'config.no_models', 'the configuration names no model'],
    [{ models: {} }, undefined, 'config.no_models', 'the configuration names no model'],
    [{ models: { 'No Model': {} } }, undefined, 'reference.invalid', "'No Model' is not a model name"],
  ])('of %j, stage %s: %s', (config, stage, code, message) => {
    expect(thrown(config, stage)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('and the stages that there are are named', () => {
    expect(thrown({ models, stages: { dev: {}, prod: {} } }, 'prd')).toMatchObject({
      fix: 'These it has: dev, prod. Did you mean prod?',
    });
  });
});
