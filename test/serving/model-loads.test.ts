import { expect, test } from 'vitest';
import { ModelLoads } from '#serving/model-loads.ts';

test('loads add up by version, and so do the failures', () => {
  const loads = new ModelLoads();
  loads.succeeded('iris', 1, 20);
  loads.failed('iris', 2);
  loads.failed('iris', 2);
  loads.succeeded('iris', 1, 30);
  loads.succeeded('iris', 2, 5);
  expect(loads.all()).toEqual([
    { model: 'iris', version: 1, loads: 2, failures: 0, ms: 50 },
    { model: 'iris', version: 2, loads: 1, failures: 2, ms: 5 },
  ]);
});

test('the versions of a long life are not all kept', () => {
  const loads = new ModelLoads();
  for (let version = 1; version <= 3000; version++) loads.succeeded('iris', version, 1);
  expect(loads.all()).toHaveLength(1024);
  expect(loads.all().at(-1)?.version).toBe(3000);
});
