import { serviceName } from '#core/deployment/names.ts';
import { ArnFormat } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmTopicProps {
  readonly stage: string;
  /** Whom it writes to; each gets a letter first that asks to confirm. @default - nobody yet */
  readonly emails?: readonly string[];
}

/**
 * Where the alarms of a stage say what happened, and who hears of it: names and numbers, never a payload. Without a key:
 * alarms cannot publish through the one that AWS manages, and one of the user's own costs more a month than all alarms
 * of a model.
 */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { stage, emails = [] }: AlarmTopicProps) {
    super(scope, id, { topicName: `${serviceName(stage)}-alarms`, enforceSSL: true });
    for (const address of emails) this.addSubscription(new EmailSubscription(address));
    this.letAlarmsPublish(stage);
  }

  /** A policy of the topic's own, such as the one about TLS, replaces the default that lets the account's alarms in. */
  private letAlarmsPublish(stage: string): void {
    const alarms = this.stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `${serviceName(stage)}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.stack.account },
          ArnLike: { 'aws:SourceArn': alarms },
        },
      }),
    );
  }
}
