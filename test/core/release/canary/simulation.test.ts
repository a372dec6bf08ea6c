import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Scenario, simulate, type Simulated } from './support/simulate.ts';

const DOCS = new URL('../../../../docs/canary.md', import.meta.url);

const STEP = { seed: 20_260_301, rate: 20, weight: 10, bake: '10m', championErrors: 0.002, challengerErrors: 0.002 };

const ALPHA = 0.05;

/** A share of so many runs whose true value is alpha at most is above this with a chance of about one in a thousand. */
const most = (runs: number): number => ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / runs);

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** As the table of the documentation has it. */
const row = (what: string, runs: number, { promoted, held, rolledBack, looks }: Simulated): string[] => [
  what,
  String(runs),
  percent(promoted),
  percent(held),
  percent(rolledBack),
  looks ? `${looks[0]}, ${looks[1]}` : '-',
];

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const scenarios: readonly (readonly [string, Scenario, (simulated: Simulated, runs: number) => void])[] = [
  [
    'equal, 0.2 % errors',
    { ...STEP, runs: 2000 },
    ({ promoted, rolledBack }, runs) => {
      expect(rolledBack).toBeLessThanOrEqual(most(runs));
      expect(promoted).toBeGreaterThan(0.9);
    },
  ],
  [
    'equal, 1 % errors',
    { ...STEP, runs: 1000, championErrors: 0.01, challengerErrors: 0.01 },
    ({ rolledBack, promoted }, runs) => {
      expect(rolledBack).toBeLessThanOrEqual(most(runs));
      expect(promoted).toBeGreaterThan(0.5);
    },
  ],
  [
    'equal, 1 % errors, at a hundredth of the traffic',
    { ...STEP, runs: 1000, rate: 0.2, championErrors: 0.01, challengerErrors: 0.01 },
    ({ rolledBack, promoted }, runs) => {
      expect(rolledBack).toBeLessThanOrEqual(most(runs));
      expect(promoted).toBe(0);
    },
  ],
  [
    'equal, 5 % errors, with a margin of 0',
    { ...STEP, runs: 500, championErrors: 0.05, challengerErrors: 0.05, judge: { errorMargin: 0 } },
    ({ rolledBack }, runs) => expect(rolledBack).toBeLessThanOrEqual(most(runs)),
  ],
  [
    'worse by the margin: 1.2 % errors',
    { ...STEP, runs: 1000, challengerErrors: 0.012 },
    ({ promoted, rolledBack }, runs) => {
      expect(promoted).toBeLessThanOrEqual(most(runs));
      expect(rolledBack).toBeLessThanOrEqual(most(runs));
    },
  ],
  [
    'worse by ten margins: 10.2 % errors',
    { ...STEP, runs: 500, challengerErrors: 0.102 },
    ({ rolledBack, looks }) => {
      expect(rolledBack).toBe(1);
      expect(looks![1]).toBeLessThanOrEqual(3);
    },
  ],
  [
    'half of the requests fail',
    { ...STEP, runs: 500, challengerErrors: 0.5 },
    ({ rolledBack, looks }) => {
      expect(rolledBack).toBe(1);
      expect(looks![1]).toBe(1);
    },
  ],
  [
    'equal in all: errors, latency, labels',
    { ...STEP, runs: 200, all: { championMs: 20, challengerMs: 20, labelled: 0.1 } },
    ({ promoted, rolledBack }, runs) => {
      expect(rolledBack).toBeLessThanOrEqual(most(runs));
      expect(promoted).toBeGreaterThan(0.9);
    },
  ],
  [
    'twice as slow',
    { ...STEP, runs: 200, all: { championMs: 20, challengerMs: 40, labelled: 0 } },
    ({ rolledBack, looks }) => {
      expect(rolledBack).toBe(1);
      expect(looks![1]).toBeLessThanOrEqual(3);
    },
  ],
];

test.each(scenarios)(
  '%s: as the documentation says',
  (what, scenario, holds) => {
    const simulated = simulate(scenario);
    holds(simulated, scenario.runs);
    const documented = readFileSync(DOCS, 'utf8').split('\n').map(cells);
    expect(documented.find(([first]) => first === what)).toEqual(row(what, scenario.runs, simulated));
  },
  60_000,
);
