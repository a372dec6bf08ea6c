import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { InferenceService } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import {
  type AccuracyThreshold,
  type AlarmThresholds,
  ModelAlarms,
  type QualityThreshold,
} from '#constructs/model-alarms.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newStack } from './synth.ts';

interface Options {
  readonly thresholds?: AlarmThresholds | false;
  readonly accuracy?: AccuracyThreshold;
  readonly quality?: QualityThreshold;
  readonly drift?: boolean;
  readonly reserved?: number;
  readonly withTopic?: boolean;
  readonly model?: string;
}

function synth(options: Options = {}): Template {
  const { thresholds, reserved, withTopic = false, model = 'digits', accuracy, quality, drift } = options;
  const stack = newStack();
  const service = new InferenceService(stack, 'Model', {
    stage: 'dev',
    model,
    packaging: 'zip',
    ...(reserved && { reservedConcurrentExecutions: reserved }),
    registry: ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' }),
    liveAliases: new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' }),
  });
  new ModelAlarms(stack, 'ModelAlarms', {
    service,
    ...(withTopic && { topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }) }),
    ...(thresholds !== undefined && { thresholds }),
    ...(accuracy && { accuracy }),
    ...(quality && { quality }),
    ...(drift !== undefined && { drift }),
  });
  return Template.fromStack(stack);
}

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Threshold: number;
}

const alarmsOf = (template: Template): Alarm[] =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties as Alarm);

const namesOf = (template: Template): string[] =>
  alarmsOf(template)
    .map(({ AlarmName }) => AlarmName.replace('onnward-dev-digits-', ''))
    .sort();

const DEFAULTS = ['crashes', 'errors', 'latency-p99', 'throttles', 'unreleased'];

describe('a model has, unless asked otherwise,', () => {
  const template = synth();

  test('five alarms, and no metric of its own', () => {
    expect(namesOf(template)).toEqual(DEFAULTS);
    template.resourceCountIs('AWS::Logs::MetricFilter', 0);
  });

  test('1 % of failures and 1000 ms', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-errors',
      Threshold: 0.01,
      Statistic: 'Average',
      ComparisonOperator: 'GreaterThanThreshold',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-latency-p99',
      Threshold: 1000,
      ExtendedStatistic: 'p99',
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
    });
  });

  test('an alarm at the first crash and the first refusal', () => {
    for (const what of ['crashes', 'throttles']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `onnward-dev-digits-${what}`,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        Period: 300,
      });
    }
  });

  test('no alarm at the weekly call that keeps it active, before it is released', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-unreleased',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  test('nobody who is told', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() });
  });
});

test('nobody calling is no alarm', () => {
  synth({ thresholds: { coldStarts: 1 }, reserved: 10 }).allResourcesProperties('AWS::CloudWatch::Alarm', {
    TreatMissingData: 'notBreaching',
  });
});

test('every alarm says what to do, within what CloudWatch takes', () => {
  const thresholds = { p50: 1, p90: 1, p99: 1, errorRate: 1, coldStarts: 1, concurrency: 1 };
  const all = alarmsOf(synth({ thresholds, reserved: 10, model: 'm'.repeat(40) }));
  expect(all).toHaveLength(9);
  for (const { AlarmName, AlarmDescription } of all) {
    expect(AlarmName.length).toBeLessThanOrEqual(255);
    expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    expect(AlarmDescription).toMatch(/^m{40}: /);
    // A memory aid at least: something to read, raise or run.
    expect(AlarmDescription).toMatch(/log of|Raise|keeps it loaded|onnward status/);
  }
});

test('a topic hears of the beginning and of the end', () => {
  const actions = [{ Ref: Match.stringLikeRegexp('^Topic') }];
  const told = { AlarmActions: actions, OKActions: actions };
  synth({ withTopic: true }).allResourcesProperties('AWS::CloudWatch::Alarm', told);
});

describe('thresholds', () => {
  const thresholdOf = (options: Options, what: string): number | undefined =>
    alarmsOf(synth(options)).find(({ AlarmName }) => AlarmName.endsWith(`-${what}`))?.Threshold;

  test('are the user’s', () => {
    expect(thresholdOf({ thresholds: { p99: 50 } }, 'latency-p99')).toBe(50);
    expect(thresholdOf({ thresholds: { errorRate: 5 } }, 'errors')).toBe(0.05);
  });

  test('of other percentiles make alarms of their own', () => {
    const template = synth({ thresholds: { p50: 10, p90: 20 } });
    expect(namesOf(template)).toEqual([...DEFAULTS, 'latency-p50', 'latency-p90'].sort());
  });

  test('of cold starts count the lines that say so', () => {
    const template = synth({ thresholds: { coldStarts: 5 } });
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^ModelLogs') },
      FilterPattern: '{ $.coldStart = 1 }',
      MetricTransformations: [
        {
          MetricNamespace: 'Onnward',
          MetricName: 'ColdStarts',
          MetricValue: '1',
          Dimensions: [
            { Key: 'service', Value: '$.service' },
            { Key: 'model', Value: '$.model' },
          ],
        },
      ],
    });
    expect(thresholdOf({ thresholds: { coldStarts: 5 } }, 'cold-starts')).toBe(5);
  });

  test('of concurrency are a share of what is reserved', () => {
    expect(thresholdOf({}, 'concurrency')).toBeUndefined();
    expect(thresholdOf({ reserved: 50 }, 'concurrency')).toBe(40);
    expect(thresholdOf({ reserved: 50, thresholds: { concurrency: 100 } }, 'concurrency')).toBe(50);
  });

  test('of concurrency are reached by everything that is reserved, which it cannot exceed', () => {
    synth({ reserved: 1, thresholds: { concurrency: 100 } }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-concurrency',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });
});

describe('accuracy', () => {
  const accuracy = { below: 0.9, window: Duration.hours(1), minimum: 200 };
  const metric = (Stat: string) => ({
    Metric: {
      Namespace: 'Onnward',
      MetricName: 'Correct',
      Dimensions: [
        { Name: 'model', Value: 'digits' },
        { Name: 'service', Value: 'onnward-dev' },
      ],
    },
    Period: 3600,
    Stat,
  });

  test('is looked at where it is asked for, of enough labels, over the window', () => {
    synth({ accuracy }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-accuracy',
      Metrics: [
        { Id: 'expr_1', Expression: 'IF(labels >= 200, accuracy)', Label: 'accuracy of digits' },
        { Id: 'labels', MetricStat: metric('SampleCount'), ReturnData: false },
        { Id: 'accuracy', MetricStat: metric('Average'), ReturnData: false },
      ],
      Threshold: 0.9,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
      AlarmDescription: Match.stringLikeRegexp('of 200 answers or more .* within 1 hour, fewer than 90 % were right'),
    });
    expect(namesOf(synth({ accuracy }))).toEqual(['accuracy', ...DEFAULTS]);
  });

  test.each([Duration.minutes(1), Duration.days(1), Duration.days(7)])('is looked at over %s', (window) => {
    expect(namesOf(synth({ accuracy: { ...accuracy, window } }))).toContain('accuracy');
  });

  test.each([Duration.seconds(90), Duration.seconds(30), Duration.days(8)])(
    'is not looked at over %s, which CloudWatch would refuse while it deploys',
    (window) => {
      expect(() => synth({ accuracy: { ...accuracy, window } })).toThrow(
        expect.objectContaining({ code: 'service.range', message: expect.stringContaining(`${window.toSeconds()} s`) }),
      );
    },
  );
});

describe('what monitoring measures', () => {
  const byTheHour = { Period: 3600, EvaluationPeriods: 1, TreatMissingData: 'ignore' };

  test.each([
    [{ metric: 'f1_macro', below: 0.8, minimum: 50 }, 0.8, 'LessThanThreshold', 'Minimum'],
    [{ metric: 'mean_absolute_error', above: 2, minimum: 50 }, 2, 'GreaterThanThreshold', 'Maximum'],
    [{ metric: 'mean_error', above: 0, minimum: 50 }, 0, 'GreaterThanThreshold', 'Maximum'],
  ])(
    'of quality is looked at by its worst hour, and holds until the next: %j',
    (quality, Threshold, than, Statistic) => {
      const template = synth({ quality });
      expect(namesOf(template)).toEqual([...DEFAULTS, 'quality'].sort());
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        ...byTheHour,
        AlarmName: 'onnward-dev-digits-quality',
        Namespace: 'Onnward',
        MetricName: 'Quality',
        Dimensions: [
          { Name: 'model', Value: 'digits' },
          { Name: 'service', Value: 'onnward-dev' },
        ],
        Statistic,
        Threshold,
        ComparisonOperator: than,
        AlarmDescription: Match.stringLikeRegexp(`${quality.metric} of a window with 50 truths or more`),
      });
    },
  );

  test('of drift goes off at the first feature, and holds until there is none', () => {
    const template = synth({ drift: true });
    expect(namesOf(template)).toEqual([...DEFAULTS, 'drift'].sort());
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...byTheHour,
      AlarmName: 'onnward-dev-digits-drift',
      MetricName: 'Drift',
      Statistic: 'Maximum',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmDescription: Match.stringLikeRegexp('onnward drift digits'),
    });
    expect(namesOf(synth({ drift: false }))).toEqual(DEFAULTS);
  });

  test('has its alarms also where there is to be no other', () => {
    const accuracy = { below: 0.9, window: Duration.hours(1), minimum: 100 };
    expect(namesOf(synth({ thresholds: false }))).toEqual([]);
    expect(namesOf(synth({ thresholds: false, accuracy, drift: true }))).toEqual(['accuracy', 'drift']);
  });
});
