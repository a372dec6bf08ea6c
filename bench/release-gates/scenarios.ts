import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import {
  atLeast,
  atMost,
  better,
  fair,
  noSliceWorse,
  nonInferior,
  notSlower,
  p99Below,
} from '#core/release/gates/builders.ts';
import { powerOf, rowsNeeded } from '#core/release/gates/power.ts';
import {
  evidenceOf,
  groupedRows,
  latencies,
  pairedRows,
  pairOf,
  regressionRows,
  skewedRows,
  trueF1,
  unevenRows,
} from './draw.ts';
import type { Claim, Scenario } from './simulate.ts';

export const ALPHA = 0.05;
const POWER = 0.8;

/** Of a challenger that is no better than the worst that a gate forbids. */
const WRONGLY_PROMOTED: readonly Claim[] = [{ what: 'wrongly promoted', atMost: ALPHA }];
const REJECTED: Claim = { what: 'rejected', atMost: ALPHA };

/** Worse by the margin, and equal: of the size that the configuration asks for, or of more. */
function accuracy(margin: number, discordance: number, more = 1): Scenario[] {
  const rows = Math.ceil(more * rowsNeeded({ margin, discordance, alpha: ALPHA, power: POWER }));
  const gates = [nonInferior('accuracy', { margin })];
  const of = (difference: number) => pairOf(difference, discordance);
  const what = `accuracy, margin ${margin}, discordance ${discordance}`;
  const held = 1 - powerOf(rows, { margin, alpha: ALPHA, discordance });
  return [
    {
      name: `${what}: worse by the margin`,
      rows,
      gates,
      claims: WRONGLY_PROMOTED,
      draw: (random) => evidenceOf(pairedRows(random, rows, [of(-margin)])),
    },
    {
      name: `${what}: equal`,
      rows,
      gates,
      claims: [{ what: 'not promoted', atMost: Math.min(held, 1 - POWER) }, REJECTED],
      draw: (random) => evidenceOf(pairedRows(random, rows, [of(0)])),
    },
  ];
}

const F1 = { right: 0.92, own: 0.72 };
const F1_MARGIN = trueF1({ right: F1.right, own: F1.right }) - trueF1(F1);
const RMSE_MARGIN = 0.1;

/** A bootstrap takes milliseconds, so that fewer are asked. */
const FRACTION = 0.25;

const bootstrapped: readonly Scenario[] = [
  {
    name: 'macro F1 of three classes: worse by the margin',
    rows: 500,
    fraction: FRACTION,
    gates: [nonInferior('f1_macro', { margin: F1_MARGIN })],
    claims: WRONGLY_PROMOTED,
    draw: (random) => evidenceOf(unevenRows(random, 500, F1)),
  },
  {
    name: 'macro F1 of three classes: equal',
    rows: 500,
    fraction: FRACTION,
    gates: [nonInferior('f1_macro', { margin: F1_MARGIN })],
    claims: [REJECTED],
    draw: (random) => evidenceOf(unevenRows(random, 500, { right: F1.right, own: F1.right })),
  },
  {
    name: 'root mean squared error: worse by the margin',
    rows: 400,
    fraction: FRACTION,
    gates: [nonInferior('root_mean_squared_error', { margin: RMSE_MARGIN })],
    claims: WRONGLY_PROMOTED,
    draw: (random) => evidenceOf(regressionRows(random, 400, 1 + RMSE_MARGIN)),
  },
  {
    name: 'root mean squared error: equal',
    rows: 400,
    fraction: FRACTION,
    gates: [nonInferior('root_mean_squared_error', { margin: RMSE_MARGIN })],
    claims: [REJECTED],
    draw: (random) => evidenceOf(regressionRows(random, 400, 1)),
  },
];

const SHARES = [0.5, 0.3, 0.2] as const;
const SLICE_MARGIN = 0.1;
const DISCORDANCE = 0.04;

/** Groups of which one is worse by the margin of slices, while all together are not. */
const GROUPS = [pairOf(0, DISCORDANCE), pairOf(0, DISCORDANCE), pairOf(-SLICE_MARGIN, 0.12)];
const EVEN = SHARES.map(() => pairOf(0, DISCORDANCE));

const WHOLE = [
  atLeast('accuracy', 0.9),
  nonInferior('accuracy', { margin: 0.03 }),
  noSliceWorse({ margin: SLICE_MARGIN }),
];

const together: readonly Scenario[] = [
  {
    name: 'one slice worse by its margin',
    rows: 1000,
    gates: [noSliceWorse({ margin: SLICE_MARGIN })],
    claims: WRONGLY_PROMOTED,
    draw: (random) => evidenceOf(pairedRows(random, 1000, GROUPS, SHARES)),
  },
  {
    name: 'every slice worse by its margin',
    rows: 1000,
    gates: [noSliceWorse({ margin: SLICE_MARGIN })],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) =>
      evidenceOf(
        pairedRows(
          random,
          1000,
          SHARES.map(() => pairOf(-SLICE_MARGIN, 0.12)),
          SHARES,
        ),
      ),
  },
  {
    name: 'three gates together: worse by the margin',
    rows: 1000,
    gates: WHOLE,
    claims: WRONGLY_PROMOTED,
    draw: (random) =>
      evidenceOf(
        pairedRows(
          random,
          1000,
          SHARES.map(() => pairOf(-0.03, DISCORDANCE)),
          SHARES,
        ),
      ),
  },
  {
    name: 'three gates together: equal',
    rows: 1000,
    gates: WHOLE,
    claims: [{ what: 'not promoted', atMost: 1 - POWER }, REJECTED],
    draw: (random) => evidenceOf(pairedRows(random, 1000, EVEN, SHARES)),
  },
  {
    name: 'better asked of an equal one',
    rows: 500,
    gates: [better('accuracy')],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) => evidenceOf(pairedRows(random, 500, [pairOf(0, 0.1)])),
  },
  {
    name: 'accuracy 0.93 asked of one that has just that',
    rows: 500,
    gates: [atLeast('accuracy', 0.93)],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    // Both are wrong about 0.02 of the rows, and the challenger alone about 0.05.
    draw: (random) => evidenceOf(pairedRows(random, 500, [{ gained: 0, lost: 0.05 }])),
  },
];

/** Latencies are measured apart from the rows. */
const NO_ROWS: EvaluatedRows = {
  task: 'regression',
  count: 0,
  classes: [],
  truth: new Float64Array(0),
  challenger: { predicted: new Float64Array(0) },
  slices: {},
};

/** The 99th percentile of an exponential distribution is ln 100 times its mean. */
const timed: readonly Scenario[] = [
  {
    name: 'p99 below 50 ms asked of one that has just that',
    rows: 300,
    gates: [p99Below({ ms: 50 })],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) => evidenceOf(NO_ROWS, { challenger: latencies(random, 300, 50 / Math.log(100)) }),
  },
  {
    name: 'p50 at most 1.2 times asked of one that has just that',
    rows: 300,
    gates: [notSlower({ ratio: 1.2 })],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) =>
      evidenceOf(NO_ROWS, { challenger: latencies(random, 300, 1.2), champion: latencies(random, 300, 1) }),
  },
];

/** The fewest rows that bound a mean absolute error, of errors as skewed as those of waiting times. */
const FEW_ROWS = 59;

const skewed: readonly Scenario[] = [
  {
    name: 'mean absolute error of few skewed rows: worse by the margin',
    rows: FEW_ROWS,
    fraction: FRACTION,
    gates: [nonInferior('mean_absolute_error', { margin: 0.5 })],
    claims: WRONGLY_PROMOTED,
    draw: (random) => evidenceOf(skewedRows(random, FEW_ROWS, 1.5)),
  },
  {
    name: 'mean absolute error at most 1.5 asked of few skewed rows of one that has just that',
    rows: FEW_ROWS,
    fraction: FRACTION,
    gates: [atMost('mean_absolute_error', 1.5)],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) => evidenceOf(skewedRows(random, FEW_ROWS, 1.5)),
  },
  {
    name: 'two groups 0.1 apart of which one never gets the class, 0.1 asked',
    rows: 200,
    gates: [fair('group', { measure: 'demographicParity', limit: 0.1 })],
    claims: [...WRONGLY_PROMOTED, REJECTED],
    draw: (random) => evidenceOf(groupedRows(random, 100, [0.1, 0])),
  },
];

export const SCENARIOS: readonly Scenario[] = [
  ...accuracy(0.03, 0.02),
  ...accuracy(0.03, 0.05),
  ...accuracy(0.02, 0.02),
  ...accuracy(0.1, 0.02),
  ...accuracy(0.03, 0.02, 4),
  ...bootstrapped,
  ...together,
  ...timed,
  ...skewed,
];
