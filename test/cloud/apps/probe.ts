import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alarm, ComparisonOperator, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/** The smallest stack that needs every part of the emulator's extension. */
const stack = new Stack(new App(), 'probe');

/** Answers with what it knows of its call; `{ line }` is written to its log, `{ fail }` makes it throw, `{ wait }` lasts. */
const CODE = `
exports.handler = async (event, context) => {
  await new Promise((resolve) => setTimeout(resolve, event.wait ?? 0));
  if (event.fail) throw Object.assign(new Error('as told'), { name: event.fail });
  if (event.line) console.log(JSON.stringify(event.line));
  const { AWS_LAMBDA_INITIALIZATION_TYPE: initialization, TMPDIR: scratch } = process.env;
  const call = { version: context.functionVersion, arn: context.invokedFunctionArn };
  const body = { ...call, node: process.version, initialization, scratch };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
};`;

const logGroup = new LogGroup(stack, 'Log', { logGroupName: '/probe' });
const probe = new Function(stack, 'Probe', {
  functionName: 'probe',
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline(CODE),
  timeout: Duration.seconds(10),
  logGroup,
});
const alias = new Alias(stack, 'Live', { aliasName: 'live', version: probe.currentVersion });

const api = new HttpApi(stack, 'Api', { defaultIntegration: new HttpLambdaIntegration('Probe', alias) });
api.addRoutes({ path: '/probe', methods: [HttpMethod.GET], integration: new HttpLambdaIntegration('Route', alias) });
new CfnOutput(stack, 'ApiUrl', { value: api.url ?? '' });

new MetricFilter(stack, 'Filter', {
  logGroup,
  filterPattern: FilterPattern.literal('{ $.coldStart = 1 }'),
  metricNamespace: 'Probe',
  metricName: 'ColdStarts',
  dimensions: { model: '$.model' },
});

const topic = new Topic(stack, 'Topic');
const queue = new Queue(stack, 'Queue');
topic.addSubscription(new SqsSubscription(queue));
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });

for (const model of ['iris', 'digits']) {
  const metric = new Metric({
    namespace: 'Probe',
    metricName: 'Latency',
    dimensionsMap: { model },
    statistic: Stats.percentile(90),
    period: Duration.minutes(5),
  });
  const alarm = new Alarm(stack, `Alarm-${model}`, {
    alarmName: `probe-${model}`,
    metric,
    threshold: 100,
    evaluationPeriods: 1,
  });
  alarm.addAlarmAction(new SnsAction(topic));
}

const period = Duration.minutes(5);
const labels = (statistic: string) =>
  new Metric({ namespace: 'Probe', metricName: 'Latency', dimensionsMap: { model: 'labelled' }, statistic, period });
new Alarm(stack, 'Formula', {
  alarmName: 'probe-formula',
  metric: new MathExpression({
    expression: 'IF(labels >= 3, share)',
    usingMetrics: { labels: labels(Stats.SAMPLE_COUNT), share: labels(Stats.AVERAGE) },
    period,
  }),
  threshold: 0.5,
  comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
  evaluationPeriods: 1,
});

const heard = new Queue(stack, 'Heard');
new CfnOutput(stack, 'HeardUrl', { value: heard.queueUrl });
new Rule(stack, 'AlarmEvents', {
  eventPattern: {
    source: ['aws.cloudwatch'],
    detailType: ['CloudWatch Alarm State Change'],
    detail: { alarmName: [{ prefix: 'probe-' }], state: { value: ['ALARM'] } },
  },
  targets: [new SqsQueue(heard)],
});
new Rule(stack, 'StackEvents', {
  eventPattern: {
    source: ['aws.cloudformation'],
    detailType: ['CloudFormation Stack Status Change'],
    detail: { 'stack-id': [stack.stackId], 'status-details': { status: ['CREATE_COMPLETE'] } },
  },
  targets: [new SqsQueue(heard)],
});
