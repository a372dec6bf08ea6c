import { alarmName, functionName, type ModelAlarm, serviceName } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import { COLD_STARTS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { Duration } from 'aws-cdk-lib';
import { type Alarm, type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, type AlarmDefinition, over, PERSISTENT } from './alarm.ts';
import type { InferenceService } from './inference-service.ts';

/** When an alarm goes off. Plain data: it comes from the configuration as it is. */
export interface AlarmThresholds {
  /** Milliseconds that the median latency may have. @default - no alarm */
  readonly p50?: number;
  /** Milliseconds that nine of ten requests may take. @default - no alarm */
  readonly p90?: number;
  /** Milliseconds that 99 of 100 requests may take. @default 1000 */
  readonly p99?: number;
  /** Percent of requests that may fail by our doing (5xx). @default 1 */
  readonly errorRate?: number;
  /** Cold starts that five minutes may have; makes one custom metric of the log. @default - no alarm */
  readonly coldStarts?: number;
  /** Percent of the reserved concurrency, where there is one, that may be in use. @default 80 */
  readonly concurrency?: number;
}

/** Live answers whose truth came back are to be right often enough. Plain data. */
export interface AccuracyThreshold {
  /** Share of right answers, 0 to 1, that it goes off below. */
  readonly below: number;
  /** How long labels are looked at together: whole minutes, from one to a week. */
  readonly window: Duration;
  /** Labels within the window; with fewer nothing is said. */
  readonly minimum: number;
}

/** What `watch.quality` looks at. Plain data. */
export interface QualityThreshold {
  /** As the gates call it: `f1_macro`. */
  readonly metric: string;
  /** It goes off where the metric is less. @default - `above` says */
  readonly below?: number;
  /** It goes off where the metric is more. @default - `below` says */
  readonly above?: number;
  /** Truths within the window; with fewer nothing is said. */
  readonly minimum: number;
}

export interface ModelAlarmsProps {
  readonly service: InferenceService;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
  /** `false`: no alarm but those below. @default - as each threshold says */
  readonly thresholds?: AlarmThresholds | false;
  /** Needs `feedback` of the service. @default - no alarm */
  readonly accuracy?: AccuracyThreshold;
  /** Needs a `ModelMonitor` that has the model. @default - no alarm */
  readonly quality?: QualityThreshold;
  /** Where any feature drifts; needs a `ModelMonitor` that has the model, and `capture` of the service. @default false */
  readonly drift?: boolean;
}

type Definition = Omit<AlarmDefinition, 'name'>;
type Definitions = Partial<Record<ModelAlarm, Definition>>;

/** The alarms of one model: slow, failing, crashing, throttled, near its limit, unreleased; or worse than it was. */
export class ModelAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ModelAlarmsProps) {
    super(scope, id);
    const { service, topic, thresholds = {} } = props;
    const usual = thresholds && {
      ...this.always(service, thresholds),
      ...this.latencies(service, thresholds),
      ...this.whereAsked(service, thresholds),
    };
    const definitions: Definitions = { ...usual, ...watched(props) };
    this.alarms = Object.entries(definitions).map(([what, definition]) => {
      const name = alarmName(service.stage, service.model, what as ModelAlarm);
      return addAlarm(this, what, { name, ...definition }, topic);
    });
  }

  private always(service: InferenceService, { errorRate = 1 }: AlarmThresholds): Definitions {
    const { model } = service;
    return {
      errors: {
        metric: service.metricErrors(over('Average')),
        threshold: errorRate / 100,
        description: `${model}: more than ${errorRate} % of the requests of five minutes failed by our doing (5xx). ${seeLog(service)}`,
      },
      crashes: {
        metric: service.metricCrashes(over('Sum')),
        threshold: 0,
        description: `${model}: the function ended without an answer: out of memory, over its timeout, or it could not start. Look for "Runtime exited", "Task timed out" and the memory used in ${logOf(service)}, then raise \`memory\` or \`timeout\`.`,
      },
      throttles: {
        metric: service.metricThrottles(over('Sum')),
        threshold: 0,
        description: `${model}: Lambda refused calls, because as many as may run at once were running. Raise \`reservedConcurrency\`, or the quota of the account ("Concurrent executions" in Service Quotas).`,
      },
      unreleased: {
        metric: service.metricInvocationsOfLatest(over('Sum')),
        // One is the weekly call that keeps the function active.
        threshold: 1,
        description: `${model}: it is called, and its alias live points to $LATEST, which serves nothing and answers 503. \`onnward status\` says where live points; \`onnward deploy\` points it where it points nowhere yet.`,
      },
    };
  }

  private latencies(service: InferenceService, thresholds: AlarmThresholds): Definitions {
    const asked = { p50: thresholds.p50, p90: thresholds.p90, p99: thresholds.p99 ?? 1000 };
    return Object.fromEntries(
      Object.entries(asked).flatMap(([percentile, threshold]) => {
        if (threshold === undefined) return [];
        const metric = service.metricLatency(over(percentile));
        const description = `${service.model}: ${percentile} of the latency was over ${threshold} ms for ten of fifteen minutes. More \`memory\` brings more CPU, \`provisionedConcurrency\` no cold starts. ${seeLog(service)}`;
        return [[`latency-${percentile}`, { metric, threshold, persistence: PERSISTENT, description }]];
      }),
    );
  }

  private whereAsked(service: InferenceService, thresholds: AlarmThresholds): Definitions {
    const { reservedConcurrentExecutions: reserved } = service;
    const definitions: Definitions = {};
    if (thresholds.coldStarts !== undefined) {
      definitions['cold-starts'] = this.coldStarts(service, thresholds.coldStarts);
    }
    if (reserved !== undefined) definitions['concurrency'] = concurrency(service, reserved, thresholds.concurrency);
    return definitions;
  }

  private coldStarts(service: InferenceService, threshold: number): Definition {
    return {
      metric: this.coldStartsMetric(service),
      threshold,
      description: `${service.model}: more than ${threshold} requests of five minutes waited for the model to be loaded. \`provisionedConcurrency\` keeps it loaded, \`snapStart\` loads it faster.`,
    };
  }

  /** Counted in the lines that the function writes for its other metrics: the function itself pays nothing for it. */
  private coldStartsMetric({ stage, model, logGroup }: InferenceService): IMetric {
    new MetricFilter(this, 'ColdStarts', {
      logGroup,
      filterPattern: FilterPattern.literal('{ $.coldStart = 1 }'),
      metricNamespace: NAMESPACE,
      metricName: COLD_STARTS.name,
      metricValue: '1',
      dimensions: { service: '$.service', model: '$.model' },
    });
    return new Metric({
      namespace: NAMESPACE,
      metricName: COLD_STARTS.name,
      dimensionsMap: { service: serviceName(stage), model },
      ...over('Sum'),
    });
  }
}

/** What is acted on: see `ModelMonitor`. */
function watched({ service, accuracy: asked, quality: metric, drift }: ModelAlarmsProps): Definitions {
  return {
    ...(asked && { accuracy: accuracy(service, asked) }),
    ...(metric && { quality: quality(service, metric) }),
    ...(drift && { drift: drifting(service) }),
  };
}

/** Monitoring says something of each window with enough in it, at the end of it; what it said last holds until then. */
const BY_THE_HOUR = { period: Duration.hours(1) };

function quality(service: InferenceService, { metric, below, above = 0, minimum }: QualityThreshold): Definition {
  const [threshold, goesOff, statistic] =
    below === undefined ? ([above, 'over', 'Maximum'] as const) : ([below, 'below', 'Minimum'] as const);
  return {
    metric: service.metricQuality({ ...BY_THE_HOUR, statistic }),
    threshold,
    goesOff,
    missing: 'asBefore',
    description: `${service.model}: ${metric} of a window with ${minimum} truths or more was ${goesOff} ${threshold}. \`onnward monitor ${service.model}\` has it by version, with its bounds and the number of truths, and what was done about it.`,
  };
}

const drifting = (service: InferenceService): Definition => ({
  metric: service.metricDrift({ ...BY_THE_HOUR, statistic: 'Maximum' }),
  threshold: 0,
  missing: 'asBefore',
  description: `${service.model}: what it gets or answers is not as it was when it was trained, in several windows in a row. \`onnward drift ${service.model}\` says which features, \`onnward report ${service.model}\` how they moved; \`onnward monitor ${service.model}\` what was done about it.`,
});

/**
 * Of all labels of the window, whichever version they are of; no data where there are too few of them, which keeps the state. Source of the
 * formula: the CloudWatch user guide, "Using math expressions with CloudWatch metrics", `IF`.
 */
function accuracy(service: InferenceService, { below, window, minimum }: AccuracyThreshold): Definition {
  const seconds = window.toSeconds();
  if (seconds % 60 !== 0 || seconds < 60 || seconds > LONGEST_WINDOW) throw noPeriod(seconds);
  const metric = new MathExpression({
    expression: `IF(labels >= ${minimum}, accuracy)`,
    usingMetrics: {
      labels: service.metricCorrect({ statistic: 'SampleCount', period: window }),
      accuracy: service.metricCorrect({ statistic: 'Average', period: window }),
    },
    period: window,
    label: `accuracy of ${service.model}`,
  });
  return {
    metric,
    threshold: below,
    goesOff: 'below',
    // A quiet night proves nothing: what is OK again may be acted on again.
    missing: 'asBefore',
    description: `${service.model}: of ${minimum} answers or more whose truth came back within ${window.toHumanString()}, fewer than ${Number((below * 100).toPrecision(12))} % were right. \`onnward monitor ${service.model}\` says what was done about it; \`onnward rollback ${service.model}\` brings back the version before.`,
  };
}

/** Of an alarm that looks at one period of an hour or more. Source: the CloudWatch API reference, PutMetricAlarm, EvaluationPeriods. */
const LONGEST_WINDOW = 7 * 86_400;

const noPeriod = (seconds: number) =>
  invalid('service.range', `the window of accuracy is ${seconds} s, and is to be whole minutes, a week at most`, {
    fields: { name: 'window', value: seconds, least: 60, most: LONGEST_WINDOW },
  });

/** Of all versions together: the reservation is the function's. */
const concurrency = (service: InferenceService, reserved: number, percent = 80): Definition => ({
  metric: service.metricConcurrentExecutions(over('Maximum')),
  threshold: (reserved * percent) / 100,
  goesOff: 'from',
  persistence: PERSISTENT,
  description: `${service.model}: ${percent} % of its ${reserved} reserved executions are in use; at all of them calls are refused. Raise \`reservedConcurrency\`.`,
});

const logOf = ({ stage, model }: InferenceService): string => `the log of ${functionName(stage, model)}`;

const seeLog = (service: InferenceService): string =>
  `Each request has a line with its status, errorCode, Latency and version in ${logOf(service)}.`;
