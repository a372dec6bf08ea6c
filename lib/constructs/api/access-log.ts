import { serviceName } from '#core/deployment/names.ts';
import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** What a line says of a request: who, what, how it went and how long it took. Nothing of its payload or query. */
const FIELDS = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  error: '$context.error.message',
} as const;

/** One JSON object a line. `special` adds what only one kind of API knows. */
export const accessLogFormat = (special: Readonly<Record<string, string>>): AccessLogFormat =>
  AccessLogFormat.custom(JSON.stringify({ ...FIELDS, ...special }));

/** A group of its own, which goes with the stage. */
export const newAccessLog = (scope: Construct, stage: string, retention = RetentionDays.ONE_MONTH): LogGroup =>
  new LogGroup(scope, 'AccessLog', {
    logGroupName: `/aws/vendedlogs/${serviceName(stage)}--api`,
    retention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
