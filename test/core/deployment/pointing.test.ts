import { describe, expect, test } from 'vitest';
import { type LiveState, type LiveTraffic, pointing } from '#core/deployment/pointing.ts';

const nothing: LiveTraffic = { to: 'nothing' };
const on = (version: number | undefined): LiveTraffic => ({ to: 'function', functionVersion: '7', version });
const canary: LiveTraffic = { to: 'two', functionVersion: '7', version: 2 };

const decide = (state: Omit<LiveState, 'model'>) => pointing({ model: 'iris', ...state });

describe('while live leads nowhere', () => {
  test.each<[string, Omit<LiveState, 'model' | 'traffic'>, object]>([
    ['it goes to what the registry records', { recorded: 2 }, { action: 'point', version: 2 }],
    ['else to what is named', { named: 3 }, { action: 'point', version: 3 }],
    ['naming what is recorded changes nothing', { recorded: 2, named: 2 }, { action: 'point', version: 2 }],
    ['without either there is nothing to point to', {}, { action: 'none' }],
  ])('%s', (_, state, expected) => {
    expect(decide({ traffic: nothing, ...state })).toEqual(expected);
  });

  test('another version than the recorded one is refused', () => {
    expect(() => decide({ traffic: nothing, recorded: 2, named: 3 })).toThrow(
      expect.objectContaining({
        code: 'deploy.live_stands',
        message: 'iris@live stands on version 2, and no deployment moves it to 3.',
        fix: expect.stringContaining('a release moves it'),
        fields: { model: 'iris', live: 2, named: 3 },
      }),
    );
  });
});

describe('once live leads to a version', () => {
  test.each<[string, Omit<LiveState, 'model' | 'traffic'>, object]>([
    ['it stays, whatever', { recorded: 2 }, { action: 'leave', version: 2, record: false }],
    ['a registry without a record gets one', {}, { action: 'leave', version: 2, record: true }],
    ['a registry that says otherwise is set right', { recorded: 5 }, { action: 'leave', version: 2, record: true }],
    ['naming what is live changes nothing', { recorded: 2, named: 2 }, { action: 'leave', version: 2, record: false }],
  ])('%s', (_, state, expected) => {
    expect(decide({ traffic: on(2), ...state })).toEqual(expected);
  });

  test('naming another version is refused, also one that the registry records', () => {
    for (const recorded of [2, 3]) {
      expect(() => decide({ traffic: on(2), recorded, named: 3 })).toThrow(/stands on version 2/);
    }
  });

  test('a version of the function that pins nothing is refused, and nothing is recorded of it', () => {
    expect(() => decide({ traffic: on(undefined), recorded: 2 })).toThrow(
      expect.objectContaining({
        code: 'deploy.unpinned',
        message: expect.stringContaining('version 7 of the function'),
      }),
    );
  });
});

test.each([{}, { recorded: 2 }, { recorded: 1, named: 3 }])('a canary is left alone, with %j', (state) => {
  expect(decide({ traffic: canary, ...state })).toEqual({ action: 'wait' });
});
