import { describe, expect, test } from 'vitest';
import type { ReleaseOptions } from '#core/release/options.ts';
import { requestOf } from '../../bin/cli/release-options.ts';

const CONFIGURED: ReleaseOptions = {
  canary: [
    { weight: 10, bake: '10m', minimumRequests: 50 },
    { weight: 50, bake: '1h' },
  ],
  judge: { errorMargin: 0.05, minimumRequests: 200 },
};

describe('what is said on the command line', () => {
  test('is all that is asked for where nothing is', () => {
    expect(requestOf('digits', {}, CONFIGURED)).toEqual({ model: 'digits' });
  });

  test('wins over the configuration, and leaves the rest of it', () => {
    const said = {
      bake: '3s',
      'minimum-requests': '7',
      'golden-traffic': true,
      why: 'because',
      'allow-breaking': true,
    };
    expect(requestOf('digits:2', said, CONFIGURED)).toEqual({
      model: 'digits:2',
      why: 'because',
      allowBreaking: true,
      options: {
        canary: [
          { weight: 10, bake: '3s', minimumRequests: 50 },
          { weight: 50, bake: '3s' },
        ],
        judge: { errorMargin: 0.05, minimumRequests: 7, goldenTraffic: true },
      },
    });
  });

  test('and is off, is not said', () => {
    expect(requestOf('digits', { 'allow-breaking': false, 'golden-traffic': false }, {})).toEqual({ model: 'digits' });
  });

  test.each<[string, Parameters<typeof requestOf>[1], ReleaseOptions, string]>([
    ['a time without a unit', { bake: '10' }, CONFIGURED, 'usage.not_a_duration'],
    ['no time at all', { bake: '0s' }, CONFIGURED, 'usage.not_a_duration'],
    ['a bake where nothing bakes', { bake: '10s' }, {}, 'usage.needless_option'],
    ['a bake of no steps', { bake: '10s' }, { canary: [] }, 'usage.needless_option'],
    ['half a request', { 'minimum-requests': '1.5' }, CONFIGURED, 'usage.not_a_number'],
    ['less than none', { 'minimum-requests': '-3' }, CONFIGURED, 'usage.not_a_number'],
  ])('is refused where it is wrong: %s', (_, said, configured, code) => {
    expect(() => requestOf('digits', said, configured)).toThrow(expect.objectContaining({ code }));
  });
});
