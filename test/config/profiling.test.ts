import { expect, test } from 'vitest';
import { profilingOf } from '#config/profiling.ts';

test('what is sensitive in captured rows is in those of training, too', () => {
  const sensitive = { age: 'drop' } as const;
  expect(profilingOf({ capture: { sensitive } })).toStrictEqual({ sensitive });
  // oxlint-disable-next-line unicorn/no-thenable
  const drift = { hidden: 'layer', then: 'notify' } as const;
  expect(profilingOf({ capture: { sensitive }, watch: { drift } })).toStrictEqual({
    sensitive,
    hidden: 'layer',
  });
  expect(profilingOf({ feedback: { output: 'label' } })).toStrictEqual({ output: 'label' });
  expect(profilingOf({ capture: true, feedback: true })).toStrictEqual({});
  expect(profilingOf({})).toStrictEqual({});
});
