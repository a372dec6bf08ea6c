import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** As long as EventBridge tries. Source: its user guide, "Event retry policy and using dead-letter queues". */
export const PATIENCE = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

/** A queue that holds for two weeks what could not be delivered. */
export function addUndelivered(scope: Construct, queueName: string): Queue {
  return new Queue(scope, 'Undelivered', {
    queueName,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}
