import { describe, expect, test } from 'vitest';
import { conditionOf, type DeployedModel } from '#core/deployment/condition.ts';

const serving = (version: number | undefined) => ({ to: 'function', functionVersion: '7', version }) as const;
type Facts = Omit<DeployedModel, 'stage' | 'model' | 'missing'>;
const condition = (facts: Facts) => conditionOf({ stage: 'dev', model: 'iris', missing: [], ...facts });

describe('a model of a stage', () => {
  test.each<[string, Facts, object]>([
    [
      'that serves what the registry records is as it should be',
      { traffic: serving(3), state: 'Active', recorded: 3 },
      { level: 'ok', text: 'serves version 3' },
    ],
    [
      'in a canary as well',
      { traffic: { to: 'two', functionVersion: '7', version: 3 }, state: 'Active', recorded: 3 },
      { level: 'ok', text: 'serves version 3, and a canary beside it' },
    ],
    ['without a function fails', {}, { level: 'failure', text: 'is not deployed', fix: 'Run `onnward deploy`.' }],
    [
      'that was never pointed, and the registry knows of no version',
      { traffic: { to: 'nothing' } },
      {
        level: 'warning',
        text: 'answers 503: no version is live yet',
        fix: 'Run `onnward deploy iris:VERSION`, with a version of the registry.',
      },
    ],
    [
      'that was never pointed, and the registry knows where to',
      { traffic: { to: 'nothing' }, recorded: 2 },
      { level: 'warning', text: 'answers 503: no version is live yet', fix: 'Run `onnward deploy`.' },
    ],
    [
      'whose record lags behind',
      { traffic: serving(3), state: 'Active', recorded: 2 },
      { level: 'warning', text: 'serves version 3, and the registry records version 2' },
    ],
    [
      'without a record',
      { traffic: serving(3), state: 'Active' },
      { level: 'warning', text: 'serves version 3, and the registry records no live version' },
    ],
    [
      'that was pointed by hand to what serves nothing',
      { traffic: serving(undefined), state: 'Active' },
      { level: 'failure', text: expect.stringContaining('pins no version') },
    ],
    [
      'that sleeps',
      { traffic: serving(3), state: 'Inactive', stateReason: 'Idle: not invoked', recorded: 3 },
      {
        level: 'warning',
        text: 'the version that answers is Inactive: Idle: not invoked',
        fix: expect.stringContaining('onnward invoke iris --remote'),
      },
    ],
    [
      'that is on its way',
      { traffic: serving(3), state: 'Pending', recorded: 3 },
      { level: 'warning', text: 'the version that answers is Pending' },
    ],
    [
      'whose image is gone',
      { traffic: serving(3), state: 'Failed', stateReason: 'ImageDeleted', recorded: 3 },
      { level: 'failure', fix: expect.stringContaining('onnward rollback iris --stage dev') },
    ],
  ])('%s', (_, facts, expected) => {
    expect(condition(facts)).toMatchObject(expected);
  });
});
