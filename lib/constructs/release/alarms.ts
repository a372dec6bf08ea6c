import { releaseName } from '#core/deployment/names.ts';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, type AlarmDefinition, over } from '../alarm.ts';
import type { ReleasePipeline } from '../release-pipeline.ts';
import { releaseUndeliveredName } from './events.ts';

export interface ReleaseAlarmsProps {
  readonly releases: ReleasePipeline;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
}

/** The alarms of releases: one that did not go live, one that does not end, an event that nobody could handle. */
export class ReleaseAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { releases, topic }: ReleaseAlarmsProps) {
    super(scope, id);
    this.alarms = Object.entries(definitionsOf(releases)).map(([what, definition]) =>
      addAlarm(this, what, { name: `${releaseName(releases.stage)}-${what}`, threshold: 0, ...definition }, topic),
    );
  }
}

const definitionsOf = (releases: ReleasePipeline): Record<string, Pick<AlarmDefinition, 'metric' | 'description'>> => {
  const { stage } = releases;
  return {
    failed: {
      metric: releases.metricFailed(over('Sum')),
      description: `A release of ${stage} did not go live: it was rejected, rolled back or aborted, or could not be begun. \`onnward releases --stage ${stage}\` says which and why; what was live before is live.`,
    },
    stuck: {
      metric: releases.metricTimedOut(over('Sum')),
      description: `A release of ${stage} did not end within a month, and its workflow was given up. \`onnward releases --stage ${stage}\` says where it stands; \`onnward abort RELEASE --stage ${stage}\` ends it.`,
    },
    undelivered: {
      metric: releases.metricUndelivered(over('Maximum')),
      description: `An event of ${stage} that begins or ends releases could not be handled: a version that was registered, an alarm, a deployment, or the hourly look. The queue ${releaseUndeliveredName(stage)} has it for two weeks; \`onnward release\`, \`onnward abort\` and \`onnward rollback\` do the same by hand.`,
    },
  };
};
