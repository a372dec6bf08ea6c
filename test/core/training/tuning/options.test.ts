import { expect, test } from 'vitest';
import { parseTrainingOptions } from '#core/training/options.ts';

const objective = { metric: 'accuracy' };

test.each<[string, object, RegExp]>([
  [
    'a resource that is tried, too',
    { parameters: { epochs: { values: [1, 2] } }, resource: { parameter: 'epochs', from: 1, to: 9 } },
    /tuning\.resource\.parameter cannot be tried, too: leave epochs out of parameters/,
  ],
  [
    'a range of whole numbers without one',
    { parameters: { layers: { from: 1.2, to: 1.8, integer: true } } },
    /tuning\.parameters\.layers\.from has no whole number up to 1\.8/,
  ],
])('%s is refused', (_, tuning, message) => {
  expect(() => parseTrainingOptions({ tuning: { objective, ...tuning } }, 'iris')).toThrow(message);
});

test('a range with one whole number is one', () => {
  const tuning = { objective, parameters: { layers: { from: 1.2, to: 2.8, integer: true } } };
  expect(parseTrainingOptions({ tuning }, 'iris').tuning).toEqual(tuning);
});
