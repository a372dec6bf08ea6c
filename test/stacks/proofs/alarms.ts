import { functionName, LIVE_ALIAS, serviceName } from '#core/deployment/names.ts';
import { COLD_STARTS, CORRECT, MONITOR_METRICS, METRICS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { property, type Resource, type Resources, resourcesOf, textOf } from './template.ts';

/** What an alarm looks at. */
export interface Watched {
  readonly namespace: string;
  readonly metric: string;
  /** Of a formula over several of the metric: the formula, N for its numbers, and which statistic each name of it is. */
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Expected extends Watched {
  /** Who says that there is such a metric with such dimensions: our own code, or a page of AWS's. */
  readonly source: 'emitted' | `https://docs.aws.amazon.com/${string}`;
}

const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html';
const HTTP_API = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html';
const STATES = 'https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html';
const SQS =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html';
const REST_API = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html';

/** The share of right ones, where there are labels enough. */
const ACCURACY = 'IF(labels >= N, accuracy): labels SampleCount, accuracy Average';

/** What each alarm of a model is to look at, by the end of its name. Written by hand: not read from the constructs. */
export function modelAlarms(stage: string, model: string): Record<string, Expected> {
  const emitted = (metric: string, statistic: string): Expected => ({
    namespace: NAMESPACE,
    metric,
    statistic,
    dimensions: { service: serviceName(stage), model },
    source: 'emitted',
  });
  const name = functionName(stage, model);
  const lambda = (metric: string, statistic: string, dimensions: Record<string, string>): Expected => ({
    namespace: 'AWS/Lambda',
    metric,
    statistic,
    dimensions: { FunctionName: name, ...dimensions },
    source: LAMBDA,
  });
  const live = { Resource: `${name}:${LIVE_ALIAS}` };
  return {
    errors: emitted(METRICS.errors.name, 'Average'),
    'latency-p50': emitted(METRICS.latency.name, 'p50'),
    'latency-p90': emitted(METRICS.latency.name, 'p90'),
    'latency-p99': emitted(METRICS.latency.name, 'p99'),
    'cold-starts': emitted(COLD_STARTS.name, 'Sum'),
    accuracy: emitted(CORRECT.name, ACCURACY),
    quality: emitted(MONITOR_METRICS.quality.name, 'Minimum'),
    drift: emitted(MONITOR_METRICS.drift.name, 'Maximum'),
    crashes: lambda('Errors', 'Sum', live),
    throttles: lambda('Throttles', 'Sum', live),
    concurrency: lambda('ConcurrentExecutions', 'Maximum', {}),
    unreleased: lambda('Invocations', 'Sum', { ...live, ExecutedVersion: '$LATEST' }),
  };
}

/** What the alarm of the API is to look at, by the kind of API that the template has. */
function apiAlarm(resources: Resources): Expected {
  const namespace = 'AWS/ApiGateway';
  const [http] = resourcesOf(resources, 'AWS::ApiGatewayV2::Api');
  const stageOf = (type: string): string => {
    const [stage] = resourcesOf(resources, type) as [[string, Resource]];
    return property<string>(stage[1], 'StageName') ?? '';
  };
  if (http) {
    const dimensions = { ApiId: `\${${http[0]}}`, Stage: stageOf('AWS::ApiGatewayV2::Stage') };
    return { namespace, metric: '5xx', statistic: 'Sum', dimensions, source: HTTP_API };
  }
  const [rest] = resourcesOf(resources, 'AWS::ApiGateway::RestApi') as [[string, Resource]];
  const dimensions = { ApiName: property<string>(rest[1], 'Name') ?? '', Stage: stageOf('AWS::ApiGateway::Stage') };
  return { namespace, metric: '5XXError', statistic: 'Sum', dimensions, source: REST_API };
}

/** What the alarms of a workflow are to look at, where the template has it, by the ends of their names. */
export function workflowAlarms(resources: Resources, of: 'batch' | 'release' | 'training'): Record<string, Expected> {
  const called = (type: string, name: string, value: string) =>
    resourcesOf(resources, type).find(([, resource]) => textOf(property(resource, name)) === value);
  const workflow = called('AWS::StepFunctions::StateMachine', 'StateMachineName', `onnward-dev--${of}`);
  const queue = called('AWS::SQS::Queue', 'QueueName', `onnward-dev--${of}-undelivered`);
  if (!workflow || !queue) return {};
  const states = (metric: string): Expected => ({
    namespace: 'AWS/States',
    metric,
    statistic: 'Sum',
    dimensions: { StateMachineArn: `\${${workflow[0]}}` },
    source: STATES,
  });
  return {
    failed: states('ExecutionsFailed'),
    stuck: states('ExecutionsTimedOut'),
    undelivered: stuckIn(property<string>(queue[1], 'QueueName') ?? ''),
  };
}

/** What the alarms of monitoring are to look at, where the template has it, by the ends of their names. */
export function monitorAlarms(resources: Resources): Record<string, Expected> {
  const name = 'onnward-dev--monitor';
  const queue = resourcesOf(resources, 'AWS::SQS::Queue').find(
    ([, resource]) => textOf(property(resource, 'QueueName')) === `${name}-undelivered`,
  );
  if (!queue) return {};
  const lambda = (metric: string): Expected => ({
    namespace: 'AWS/Lambda',
    metric,
    statistic: 'Sum',
    dimensions: { FunctionName: name },
    source: LAMBDA,
  });
  return { failed: lambda('Errors'), silent: lambda('Invocations'), undelivered: stuckIn(`${name}-undelivered`) };
}

const stuckIn = (QueueName: string): Expected => ({
  namespace: 'AWS/SQS',
  metric: 'ApproximateNumberOfMessagesVisible',
  statistic: 'Maximum',
  dimensions: { QueueName },
  source: SQS,
});

/** By their names, every alarm that a stage with these models may have. */
export function expectedAlarms(resources: Resources, stage: string, models: readonly string[]): Map<string, Expected> {
  const ofModels = models.flatMap((model) =>
    Object.entries(modelAlarms(stage, model)).map(([what, expected]): [string, Expected] => [
      `${serviceName(stage)}-${model}-${what}`,
      expected,
    ]),
  );
  const ofWorkflows = (['batch', 'release', 'training'] as const).flatMap((of) =>
    Object.entries(workflowAlarms(resources, of)).map(([what, expected]): [string, Expected] => [
      `${serviceName(stage)}--${of}-${what}`,
      expected,
    ]),
  );
  const ofMonitor = Object.entries(monitorAlarms(resources)).map(([what, expected]): [string, Expected] => [
    `${serviceName(stage)}--monitor-${what}`,
    expected,
  ]);
  return new Map([
    ...ofModels,
    ...ofWorkflows,
    ...ofMonitor,
    [`${serviceName(stage)}--api-errors`, apiAlarm(resources)],
  ]);
}

export const alarmsOf = (resources: Resources): [string, Resource][] =>
  resourcesOf(resources, 'AWS::CloudWatch::Alarm');

/** What an alarm of the template looks at; functions are named as they will be called. */
export function watchedBy(alarm: Resource, resources: Resources): Watched {
  const queries = property<Query[]>(alarm, 'Metrics');
  if (queries) return watchedByFormula(queries, resources);
  return {
    namespace: property(alarm, 'Namespace') ?? '',
    metric: property(alarm, 'MetricName') ?? '',
    statistic: property(alarm, 'Statistic') ?? property(alarm, 'ExtendedStatistic') ?? '',
    dimensions: dimensionsOf(property(alarm, 'Dimensions'), resources),
  };
}

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

/** A part of an alarm on a formula. */
export interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string; readonly Dimensions?: Dimension[] };
    readonly Stat: string;
  };
}

/** As of one metric: what its parts do not have in common stands side by side, and is no metric that anybody expects. */
function watchedByFormula(queries: readonly Query[], resources: Resources): Watched {
  const parts = queries.flatMap(({ Id, MetricStat }) => (MetricStat ? [{ Id, ...MetricStat }] : []));
  const common = (values: readonly string[]): string => [...new Set(values)].join(' and ');
  const dimensions = parts.map(({ Metric }) => dimensionsOf(Metric.Dimensions, resources));
  const names = [...new Set(dimensions.flatMap(Object.keys))];
  const formulas = queries.flatMap(({ Expression }) => Expression?.replaceAll(/\d+/g, 'N') ?? []);
  return {
    namespace: common(parts.map(({ Metric }) => Metric.Namespace)),
    metric: common(parts.map(({ Metric }) => Metric.MetricName)),
    statistic: `${formulas.join('; ')}: ${parts.map(({ Id, Stat }) => `${Id} ${Stat}`).join(', ')}`,
    dimensions: Object.fromEntries(names.map((name) => [name, common(dimensions.map((each) => each[name] ?? 'none'))])),
  };
}

const dimensionsOf = (dimensions: readonly Dimension[] = [], resources: Resources): Record<string, string> =>
  Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, named(textOf(Value), resources)]));

/** What `Ref` gives of a resource is its name. Source: the reference of each type, "Return values". */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::ApiGatewayV2::Stage': 'StageName',
};

const named = (text: string, resources: Resources): string =>
  text.replaceAll(/\$\{(\w+)(?:\.QueueName)?\}/g, (reference, id: string) => {
    const resource = resources[id];
    const name = resource && NAMES[resource.Type];
    return name ? textOf(property(resource, name)) : reference;
  });

/** A sentence for each alarm that looks at something else than it is to, or that nobody expects. */
export function alarmFindings(resources: Resources, stage: string, models: readonly string[]): string[] {
  const expected = expectedAlarms(resources, stage, models);
  return alarmsOf(resources).flatMap(([id, alarm]) => {
    const name = textOf(property(alarm, 'AlarmName'));
    const right = expected.get(name);
    if (!right) return [`${id}: nobody expects an alarm called ${name}`];
    const { source, ...wanted } = right;
    const watched = watchedBy(alarm, resources);
    return same(watched, wanted) ? [] : [`${id}: looks at ${text(watched)}, and ${source} has ${text(wanted)}`];
  });
}

const same = (one: Watched, other: Watched): boolean => text(one) === text(other);

const text = ({ dimensions, ...rest }: Watched): string =>
  JSON.stringify({
    ...rest,
    dimensions: Object.entries(dimensions).sort(([one], [other]) => one.localeCompare(other)),
  });
