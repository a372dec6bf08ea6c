import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as root from '#config/config.ts';
import * as builders from '#core/release/gates/builders.ts';
import { nameOf } from '#core/release/gates/name.ts';
import { type GateOptions, gateOptions } from '#core/release/gates/options.ts';

const said = (gate: unknown): string | undefined => {
  const [issue] = v.safeParse(gateOptions, gate).issues ?? [];
  return issue && `${v.getDotPath(issue) ?? 'the top'} ${issue.message}`;
};

const { atLeast, atMost, better, calibrated, custom, dataQuality, enoughRows, fair } = builders;
const { noSliceWorse, nonInferior, notLarger, notSlower, p50Below, p99Below, sizeBelow } = builders;
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:my-gate:live';

describe('what a builder makes', () => {
  test.each<[GateOptions, GateOptions, string]>([
    [atLeast('accuracy', 0.93), { gate: 'atLeast', metric: 'accuracy', value: 0.93 }, 'accuracy at least 0.93'],
    [
      atLeast('f1:a b', 0.5, { alpha: 0.01 }),
      { gate: 'atLeast', metric: 'f1:a b', value: 0.5, alpha: 0.01 },
      'f1:a b at least 0.5',
    ],
    [atMost('log_loss', 0.3), { gate: 'atMost', metric: 'log_loss', value: 0.3 }, 'log_loss at most 0.3'],
    [
      nonInferior('accuracy', { margin: 0.03, power: 0.9, discordance: 0.05 }),
      { gate: 'nonInferior', metric: 'accuracy', margin: 0.03, power: 0.9, discordance: 0.05 },
      'accuracy no more than 0.03 worse',
    ],
    [better('accuracy'), { gate: 'better', metric: 'accuracy' }, 'accuracy better'],
    [
      better('accuracy', { by: 0.01 }),
      { gate: 'better', metric: 'accuracy', by: 0.01 },
      'accuracy more than 0.01 better',
    ],
    [noSliceWorse(), { gate: 'noSliceWorse' }, 'no slice worse'],
    [
      noSliceWorse({ metric: 'f1_macro', slices: ['a', 'b'], margin: 0.2, minimumShare: 0.05 }),
      { gate: 'noSliceWorse', metric: 'f1_macro', slices: ['a', 'b'], margin: 0.2, minimumShare: 0.05 },
      'no slice worse in f1_macro, by a, b',
    ],
    [
      fair('sex', { measure: 'equalOpportunity', limit: 0.1 }),
      { gate: 'fair', slice: 'sex', measure: 'equalOpportunity', limit: 0.1 },
      'equal opportunity by sex',
    ],
    [calibrated({ ece: 0.05 }), { gate: 'calibrated', ece: 0.05 }, 'calibration error at most 0.05'],
    [p50Below({ ms: 5 }), { gate: 'p50Below', ms: 5 }, 'p50 below 5 ms'],
    [p99Below({ ms: 50 }), { gate: 'p99Below', ms: 50 }, 'p99 below 50 ms'],
    [notSlower({ ratio: 1.2 }), { gate: 'notSlower', ratio: 1.2 }, "p50 at most 1.2 times the champion's"],
    [sizeBelow({ bytes: 1000 }), { gate: 'sizeBelow', bytes: 1000 }, 'size at most 1000 bytes'],
    [notLarger({ ratio: 2 }), { gate: 'notLarger', ratio: 2 }, "size at most 2 times the champion's"],
    [enoughRows({ perClass: 20 }), { gate: 'enoughRows', perClass: 20 }, 'enough rows'],
    [dataQuality({ bad: 0 }), { gate: 'dataQuality', bad: 0 }, 'quality of the held-out rows'],
    [custom('./gates/my-gate.ts'), { gate: 'custom', run: './gates/my-gate.ts' }, 'custom gate ./gates/my-gate.ts'],
    [custom(FUNCTION), { gate: 'custom', run: FUNCTION }, `custom gate ${FUNCTION}`],
  ])('%j is plain data, and is accepted', (built, data, name) => {
    expect(built).toEqual(data);
    expect(said(JSON.parse(JSON.stringify(built)))).toBeUndefined();
    expect(nameOf(built)).toBe(name);
  });

  test('comes from the root of the package', () => {
    for (const [name, builder] of Object.entries(builders)) expect(root).toHaveProperty(name, builder);
    expect(Object.keys(builders)).toHaveLength(15);
  });
});

describe('a mistake in a gate is named, with what is expected', () => {
  test.each<[unknown, string]>([
    [undefined, "the top is to be a gate, such as atLeast('accuracy', 0.9)"],
    ['accuracy', "the top is to be a gate, such as atLeast('accuracy', 0.9)"],
    [[], 'gate is to be one of atLeast, atMost, nonInferior, better, noSliceWorse, fair'],
    [{}, 'gate is to be one of atLeast, atMost,'],
    [{ gate: 'atleast', metric: 'accuracy', value: 1 }, 'Did you mean atLeast?'],
    [{ gate: 7 }, 'gate is to be one of'],
    [{ gate: 'atLeast', metric: 'accuracy' }, 'value is to be a number'],
    [{ gate: 'atLeast', metric: 'accuracy', value: '0.9' }, 'value is to be a number'],
    [{ gate: 'atLeast', metric: 'accuracy', value: Infinity }, 'value is to be a number'],
    [{ gate: 'atLeast', metric: 'acuracy', value: 0.9 }, 'Did you mean accuracy?'],
    [
      { gate: 'atLeast', metric: 'rmse', value: 0.9 },
      'metric is to be the name of a metric: accuracy, balanced_accuracy',
    ],
    [{ gate: 'atLeast', metric: 'f1:', value: 0.9 }, 'metric is to be the name of a metric'],
    [{ gate: 'atLeast', metric: 'accuracy', value: 93 }, 'value is 93, and accuracy is from 0 to 1'],
    [
      { gate: 'atLeast', metric: 'accuracy', value: 1 },
      'value is 1, the best there is, which no number of rows can make sure',
    ],
    [{ gate: 'atMost', metric: 'ece', value: 0 }, 'value is 0, the best there is'],
    [{ gate: 'atMost', metric: 'log_loss', value: -1 }, 'value is -1, and log_loss is 0 or more'],
    [{ gate: 'atLeast', metric: 'r2', value: 2 }, 'value is 2, and r2 is 1 or less'],
    [{ gate: 'atMost', metric: 'accuracy', value: 0.9 }, "gate is to be 'atLeast', because more accuracy is better"],
    [{ gate: 'atLeast', metric: 'log_loss', value: 1 }, "gate is to be 'atMost', because less log_loss is better"],
    [{ gate: 'atLeast', metric: 'accuracy', value: 0.9, alpha: 0.5 }, 'alpha is to be a number from 0.0001 to 0.2'],
    [{ gate: 'nonInferior', metric: 'accuracy' }, 'margin is to be a number over 0'],
    [{ gate: 'nonInferior', metric: 'accuracy', margin: 0 }, 'margin is to be a number over 0'],
    [
      { gate: 'nonInferior', metric: 'accuracy', margin: 3 },
      'margin is 3, and two values of accuracy are never so far apart',
    ],
    [
      { gate: 'nonInferior', metric: 'f1', margin: 0.1, discordance: 0.1 },
      'discordance is of accuracy alone, and the metric is f1',
    ],
    [{ gate: 'nonInferior', metric: 'accuracy', margin: 0.1, power: 1 }, 'power is to be a number from 0.5 to 0.99'],
    [{ gate: 'better', metric: 'accuracy', by: -0.1 }, 'by is to be a number from 0'],
    [{ gate: 'better', metric: 'accuracy', margin: 0.1 }, 'margin is no field; these are: gate, metric, by, alpha.'],
    [{ gate: 'noSliceWorse', slices: [] }, 'slices is to be a list of columns of evaluation.slices'],
    [{ gate: 'noSliceWorse', slices: [''] }, 'slices.0 is to be a column of evaluation.slices'],
    [{ gate: 'noSliceWorse', minimumShare: 1 }, 'minimumShare is to be a number from 0 to 0.5'],
    [{ gate: 'fair', slice: 'sex', limit: 0.1 }, 'measure is to be one of demographicParity, equalOpportunity'],
    [{ gate: 'p99Below', ms: 0 }, 'ms is to be a number over 0'],
    [{ gate: 'notSlower', ratio: 0.5 }, 'ratio is to be a number from 1 to 1000'],
    [{ gate: 'notSlower', ratio: 2, percentile: 95 }, 'percentile is to be one of 50, 90, 99'],
    [{ gate: 'sizeBelow', bytes: 1.5 }, 'bytes is to be a whole number from 1'],
    [{ gate: 'enoughRows' }, 'rows is missing, and so are perClass and perSlice: one of them is needed'],
    [{ gate: 'dataQuality', bad: 2 }, 'bad is to be a number from 0 to 1'],
    [
      { gate: 'custom', run: 'my-gate' },
      "run is to be a module, such as './gates/my-gate.ts', or the ARN of a Lambda function",
    ],
    [{ gate: 'custom', run: '/etc/gate.ts' }, 'run is to be a module'],
    [{ gate: 'custom', run: 'arn:aws:sns:eu-west-1:111122223333:topic' }, 'run is to be a module'],
  ])('%j: %s', (gate, message) => expect(said(gate)).toContain(message));
});
