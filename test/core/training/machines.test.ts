import { describe, expect, test } from 'vitest';
import {
  AROUND,
  CPU_FAMILIES,
  dearest,
  familiesFor,
  fitting,
  GPU_FAMILIES,
  inWords,
  isOffered,
  machinesFor,
  needOf,
  needOfOptimizer,
  usableMemory,
} from '#core/training/machines.ts';
import { FAMILY_NAMES, MACHINES } from '#core/training/prices.ts';

const machine = (name: string) => MACHINES.get(name)!;

describe('prices', () => {
  test.each([
    ['c6i.large', 2, 4, 0, 0.085],
    ['c6i.xlarge', 4, 8, 0, 0.17],
    ['m6i.12xlarge', 48, 192, 0, 2.304],
    ['r6i.32xlarge', 128, 1024, 0, 8.064],
    ['c7i.48xlarge', 192, 384, 0, 8.568],
    ['m7i.24xlarge', 96, 384, 0, 4.8384],
    ['r7i.48xlarge', 192, 1536, 0, 12.7008],
    ['g4dn.xlarge', 4, 16, 1, 0.526],
    ['g5.xlarge', 4, 16, 1, 1.006],
    ['g6.48xlarge', 192, 768, 8, 13.3504],
    ['p5.48xlarge', 192, 2048, 8, 55.04],
  ])('of %s, with what it has', (name, cpus, gib, gpus, usd) => {
    expect(machine(name)).toEqual({ cpus, memory: gib * 1024, gpus, usd: expect.closeTo(usd, 10) as number });
  });

  test('are there for every size of every family, the cheapest first', () => {
    expect(MACHINES.size).toBe(6 * 9 + 7 + 3 * 8 + 2);
    for (const family of FAMILY_NAMES) {
      const prices = [...MACHINES].filter(([name]) => name.startsWith(`${family}.`)).map(([, { usd }]) => usd);
      expect(prices.length).toBeGreaterThan(0);
      expect(prices).toEqual(prices.toSorted((a, b) => a - b));
    }
  });

  test('are of no size that there is not', () => {
    expect([...MACHINES.keys()].filter((name) => /\.(0\.5|1|3|6|64|96)xlarge$/.test(name))).toEqual([]);
  });
});

describe('what a training needs of a machine', () => {
  test('is what the trainer gets, and what is around it', () => {
    expect(needOf({})).toEqual({ gpus: 0, cpus: 2 + 2 * AROUND.cpus, memory: 4096 + 2 * AROUND.memory });
    expect(needOf({ resources: { gpus: 1, cpus: 2, memory: 14_000 } })).toEqual({ gpus: 1, cpus: 4, memory: 15_024 });
    expect(needOfOptimizer({ resources: { gpus: 1 } })).toEqual(needOf({}));
  });

  test('fits the smallest sizes by default', () => {
    expect(fitting(needOf({}), CPU_FAMILIES)).toEqual(['c6i.xlarge', 'm6i.xlarge', 'r6i.xlarge']);
    expect(fitting(needOf({ resources: { gpus: 1 } }), GPU_FAMILIES)).toEqual([
      'g4dn.xlarge',
      'g5.xlarge',
      'g6.xlarge',
    ]);
  });

  test('is in words', () => {
    expect(inWords(needOf({ resources: { gpus: 1 } }))).toBe(
      '1 GPU, 4 vCPUs and 5120 MB (with what is around the trainer)',
    );
    expect(inWords(needOf({ resources: { gpus: 8 } }))).toMatch(/^8 GPUs, /);
  });
});

describe('machines', () => {
  test('give jobs less memory than they are sold with', () => {
    // As ECS registers them: c5.large 3742 MB of 4096, g4dn.xlarge 15,741 MB of 16,384.
    expect(usableMemory({ ...machine('c6i.large') })).toBeLessThanOrEqual(3742);
    expect(usableMemory(machine('g4dn.xlarge'))).toBeLessThanOrEqual(15_741);
  });

  test('are the next size where memory or vCPUs do not suffice', () => {
    const next = { gpus: 1, cpus: 5, memory: 1024 };
    expect(fitting(next, ['g5'])).toEqual(['g5.2xlarge']);
    expect(fitting({ ...next, cpus: 4, memory: 16_000 }, ['g5'])).toEqual(['g5.2xlarge']);
    // Four GPUs for less than one with as many vCPUs.
    expect(fitting({ gpus: 2, cpus: 4, memory: 1024 }, ['g5'])).toEqual(['g5.12xlarge']);
  });

  test('of a queue fit every trainer of it, each the smallest of its family', () => {
    const [small, large] = [needOf({ resources: { gpus: 1 } }), needOf({ resources: { gpus: 4 } })];
    expect(machinesFor([small, large, small], ['g4dn', 'g5.xlarge', 'g5.24xlarge'])).toEqual([
      'g4dn.xlarge',
      'g4dn.12xlarge',
      'g5.xlarge',
      'g5.24xlarge',
    ]);
  });

  test('that no trainer fits into are refused, with what was asked for', () => {
    let refused: unknown;
    try {
      machinesFor([needOf({ resources: { gpus: 16 } })], GPU_FAMILIES);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({
      code: 'training.no_machine',
      message: '16 GPUs, 4 vCPUs and 5120 MB (with what is around the trainer) fit into none of g4dn, g5, g6.',
      fields: { gpus: 16 },
    });
  });

  test('are chosen from what is named of their kind, else from the usual families', () => {
    const names = ['g5', 'm7i.xlarge'];
    expect(familiesFor({ gpus: 1 }, names)).toEqual(['g5']);
    expect(familiesFor({ gpus: 0 }, names)).toEqual(['m7i.xlarge']);
    expect(familiesFor({ gpus: 0 }, ['g5'])).toEqual([...CPU_FAMILIES]);
    expect(familiesFor({ gpus: 1 })).toEqual([...GPU_FAMILIES]);
  });

  test('have a price that is known, or are not offered', () => {
    expect(['g5', 'g5.xlarge', 'c7i.large'].every(isOffered)).toBe(true);
    expect(['g3', 'p3.2xlarge', 'g5.3xlarge', 'c6g', 'optimal', ''].some(isOffered)).toBe(false);
  });

  test('cost what the dearest of them does', () => {
    expect(dearest(['g4dn.xlarge', 'g5.xlarge'])).toBe(1.006);
    expect(dearest(['g5'])).toBe(16.288);
    expect(dearest(['mystery.large', 'g4dn.xlarge'])).toBe(0.526);
    expect(dearest(['mystery.large'])).toBeUndefined();
  });
});
