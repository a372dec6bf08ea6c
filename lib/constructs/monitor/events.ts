import { alarmName, monitorName } from '#core/deployment/names.ts';
import { type IRuleTarget, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { grouped } from '../workflow/patterns.ts';
import { PATIENCE } from '../workflow/undelivered.ts';
import { alarmsOf, type MonitorModels } from './options.ts';

export interface MonitorEventsProps {
  readonly stage: string;
  readonly models: MonitorModels;
  readonly function: IFunction;
  /** For what could not be delivered. */
  readonly undelivered: Queue;
}

/** A window is looked at a quarter of an hour after its end: by then what was captured in it has arrived. */
const MINUTE = '20';

/** What has models looked at, and alarms acted on: the time, and alarms of what is watched that begin or are over. */
export class MonitorEvents extends Construct {
  private readonly props: MonitorEventsProps;

  constructor(scope: Construct, id: string, props: MonitorEventsProps) {
    super(scope, id);
    this.props = props;
    new Rule(this, 'Hourly', {
      description: `Looks at the windows of live models of ${props.stage} that are over`,
      schedule: Schedule.cron({ minute: MINUTE }),
      targets: [this.target()],
    });
    this.actOnAlarms();
  }

  /** Those that are over, too: only then the next one of the same is another one. */
  private actOnAlarms(): void {
    const { stage, models } = this.props;
    const names = Object.entries(models).flatMap(([model, { watch }]) =>
      alarmsOf(watch).map((what) => alarmName(stage, model, what)),
    );
    for (const [index, alarmNames] of grouped(names).entries()) {
      new Rule(this, `Alarms${index || ''}`, {
        description: 'Acts on alarms of what is watched of models, as the configuration says',
        eventPattern: {
          source: ['aws.cloudwatch'],
          detailType: ['CloudWatch Alarm State Change'],
          detail: { alarmName: alarmNames, state: { value: ['ALARM', 'OK'] } },
        },
        targets: [this.target()],
      });
    }
  }

  private target(): IRuleTarget {
    const { function: fn, undelivered } = this.props;
    return new FunctionTarget(fn, { ...PATIENCE, deadLetterQueue: undelivered });
  }
}

/** The queue of events that the function could not be given, or has failed on three times. */
export const monitorUndeliveredName = (stage: string): string => `${monitorName(stage)}-undelivered`;
