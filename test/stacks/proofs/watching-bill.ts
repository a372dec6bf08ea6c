import { FEEDBACK_KEPT_DAYS } from '#core/monitoring/feedback-options.ts';
import { CORRECT, METRICS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { PRICES, SECONDS_A_MONTH } from '../prices.ts';
import { idleBill, type Item } from './bill.ts';
import { LINE_BYTES, perMillion } from './request-cost.ts';
import { property, type Resource, type Resources, resourcesOf, textOf } from './template.ts';

/** What is said to go on in a month with the one model that is watched. */
export const TRAFFIC = { requests: 1_000_000, captured: 0.1, truths: 100_000 } as const;

/** What the template cannot say. */
export const ASSUMED = {
  /** Of a captured request of some dozen numbers, as a line of JSON; bytes. */
  event: 2_000,
  /** Of one hourly run, its start in it. */
  seconds: 5,
  /** Reads and lists of S3 in one run, besides truths. */
  gets: 40,
  lists: 30,
  puts: 5,
  /** Each truth is read with its window, and again as late ones are looked for each day as long as a receipt is taken. */
  readsOfTruth: 8,
  /** A page of a list has so many keys. */
  page: 1_000,
  listsOfTruth: 50,
  /** Milliseconds of a call that brings a truth. */
  truthMs: 10,
} as const;

const GB = 1e9;
/** What each record counts as, at the least. Source: Firehose's price page. */
export const RECORD_KB = 5;
const RECORD_BYTES = RECORD_KB * 1024;
const MONTH_DAYS = SECONDS_A_MONTH / 86_400;

const item = (what: string, quantity: number, usd: number): Item => ({ what, quantity, usd: quantity * usd });

/** The items of a month in which a model is watched: what `watched` has more than `plain`, and what it does. */
export function watchingBill(watched: Resources, plain: Resources): Item[] {
  const { requests, captured, truths } = TRAFFIC;
  const events = requests * captured;
  const runs = runsOf(watched);
  const alarms = alarmsOf(watched) - alarmsOf(plain);
  return [
    item('alarm', alarms, PRICES.alarm.usd),
    item('custom metric', customMetrics(watched), PRICES.customMetric.usd),
    item('GB into Firehose', (events * Math.max(RECORD_BYTES, ASSUMED.event)) / GB, PRICES.firehose.usd),
    item('object of captures', objectsOf(watched), PRICES.s3Put.usd),
    item('GB of captures', (events * ASSUMED.event) / GB, PRICES.s3Storage.usd),
    item('GB-second of monitoring', runs * ASSUMED.seconds * gigabytes(monitorOf(watched)), PRICES.lambdaArm.usd),
    item('read of S3', runs * ASSUMED.gets + truths * ASSUMED.readsOfTruth, PRICES.s3Get.usd),
    item('list of S3', runs * ASSUMED.lists + (truths / ASSUMED.page) * ASSUMED.listsOfTruth, PRICES.s3Put.usd),
    item('write of S3', runs * ASSUMED.puts, PRICES.s3Put.usd),
    item('truth kept', truths, PRICES.s3Put.usd + keptUsd()),
    item('truth brought', truths, perMillion(ASSUMED.truthMs, 'http') / 1e6),
    item('GB of log lines', (truths * LINE_BYTES.metrics) / GB, PRICES.logs.usd),
  ];
}

/** 300 bytes, for as long as it counts. */
const keptUsd = (): number => (300 / GB) * PRICES.s3Storage.usd * (FEEDBACK_KEPT_DAYS / MONTH_DAYS);

const alarmsOf = (resources: Resources): number =>
  idleBill(resources).find(({ what }) => what === 'alarm')?.quantity ?? 0;

/** Names of our own that alarms of the template fetch, and that serving does not make anyway. */
function customMetrics(resources: Resources): number {
  const names = resourcesOf(resources, 'AWS::CloudWatch::Alarm').flatMap(([, alarm]) => [
    { Namespace: property<string>(alarm, 'Namespace'), MetricName: property<string>(alarm, 'MetricName') },
    ...(property<Query[]>(alarm, 'Metrics') ?? []).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])),
  ]);
  const served: readonly string[] = Object.values(METRICS).map(({ name }) => name);
  const ours = names.flatMap(({ Namespace, MetricName }) =>
    Namespace === NAMESPACE && MetricName ? [MetricName] : [],
  );
  // Feedback makes it where nothing else is watched, alarm or not.
  const made = JSON.stringify(resources).includes('ONNWARD_FEEDBACK') ? [CORRECT.name] : [];
  return new Set([...ours, ...made].filter((name) => !served.includes(name))).size;
}

interface Query {
  readonly MetricStat?: { readonly Metric: { readonly Namespace: string; readonly MetricName: string } };
}

const monitorOf = (resources: Resources): Resource => {
  const [found] = resourcesOf(resources, 'AWS::Lambda::Function').filter(
    ([, fn]) => textOf(property(fn, 'FunctionName')) === 'onnward-dev--monitor',
  );
  if (!found) throw new Error('nothing is watched there');
  return found[1];
};

/** Of the rule that calls it: hourly, as the only schedule with a minute. */
function runsOf(resources: Resources): number {
  const schedules = resourcesOf(resources, 'AWS::Events::Rule').map(([, rule]) => property(rule, 'ScheduleExpression'));
  const hourly = schedules.filter((text) => /^cron\(\d+ \* \* \* \? \*\)$/.test(String(text)));
  return (hourly.length * SECONDS_A_MONTH) / 3600;
}

/** At the pace of the streams' buffers, were there always something to bring. */
const objectsOf = (resources: Resources): number =>
  resourcesOf(resources, 'AWS::KinesisFirehose::DeliveryStream').reduce((sum, [, stream]) => {
    const { BufferingHints } = property<{ BufferingHints: { IntervalInSeconds: number } }>(
      stream,
      'ExtendedS3DestinationConfiguration',
    ) ?? { BufferingHints: { IntervalInSeconds: 60 } };
    return sum + SECONDS_A_MONTH / BufferingHints.IntervalInSeconds;
  }, 0);

const gigabytes = (fn: Resource): number => (property<number>(fn, 'MemorySize') ?? 128) / 1024;
