import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type MetricOptions,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** What an alarm looks at, when it goes off, and what it says then. */
export interface AlarmDefinition {
  /** Unique in the account and region. */
  readonly name: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** On which side of the threshold; `from` and `notOver` are on it, too. @default 'over' */
  readonly goesOff?: keyof typeof COMPARISONS;
  /** Of the last `of` periods so many are to be over the threshold. @default - one of one */
  readonly persistence?: { readonly periods: number; readonly of: number };
  /** What no data say: that all is well, that it is as it was, or that it went off. @default 'well' */
  readonly missing?: keyof typeof MISSING;
  /** What happened and what to do next: it stands in the letter. */
  readonly description: string;
}

const MISSING = {
  well: TreatMissingData.NOT_BREACHING,
  asBefore: TreatMissingData.IGNORE,
  bad: TreatMissingData.BREACHING,
} as const;

const COMPARISONS = {
  over: ComparisonOperator.GREATER_THAN_THRESHOLD,
  from: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
  notOver: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
} as const;

const FIVE_MINUTES = Duration.minutes(5);

/** A statistic of five minutes: short enough to hear of it in time, long enough for the average of a quiet model. */
export const over = (statistic: string): MetricOptions => ({ statistic, period: FIVE_MINUTES });

/** Two of three periods: one slow moment is no news. */
export const PERSISTENT = { periods: 2, of: 3 } as const;

/** Says so to `topic` when it begins and when it is over. Nobody calling is not a failure, so no data is no alarm unless it says so. */
export function addAlarm(scope: Construct, id: string, definition: AlarmDefinition, topic?: ITopic): Alarm {
  const { metric, threshold, persistence = { periods: 1, of: 1 } } = definition;
  const alarm = new Alarm(scope, id, {
    alarmName: definition.name,
    alarmDescription: definition.description,
    metric,
    threshold,
    comparisonOperator: COMPARISONS[definition.goesOff ?? 'over'],
    evaluationPeriods: persistence.of,
    datapointsToAlarm: persistence.periods,
    treatMissingData: MISSING[definition.missing ?? 'well'],
  });
  if (topic) {
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }
  return alarm;
}
