import { PRICES, SECONDS_A_MONTH } from '../prices.ts';
import { FUNCTION_TAGS } from '#core/deployment/names.ts';
import { listOf, property, type Resource, type Resources } from './template.ts';

/** A line of the monthly bill. */
export interface Item {
  readonly what: string;
  readonly quantity: number;
  readonly usd: number;
}

/** What the template cannot say: how much of what is kept. */
export const KEPT = {
  /** GB of versions in the bucket: ten of 100 MB. */
  modelsGb: 1,
  /** GB of images, compressed: one base, and our layers of ten versions at 60 MB, which is their limit. */
  imagesGb: 0.75,
  /** GB of a trainer's image, compressed: half of one with scikit-learn, a fifth of one with PyTorch. */
  trainerGb: 1,
};

/** What costs something although nobody calls, by its type. */
const PRICED: Readonly<Record<string, (resource: Resource, all: readonly Resource[]) => Item[]>> = {
  'AWS::CloudWatch::Alarm': (alarm) => [item('alarm', metricsOf(alarm), PRICES.alarm.usd)],
  'AWS::CloudWatch::CompositeAlarm': () => [item('composite alarm', 1, PRICES.compositeAlarm.usd)],
  'AWS::CloudWatch::Dashboard': () => [item('dashboard', 1, PRICES.dashboard.usd)],
  // There always is one; zips leave it empty.
  'AWS::ECR::Repository': (_, all) => [
    ...(all.some(isImage) ? [item('GB of images', KEPT.imagesGb, PRICES.ecrStorage.usd)] : []),
    ...all.filter(isJob).map(() => item('GB of trainers', KEPT.trainerGb, PRICES.ecrStorage.usd)),
  ],
  // A machine is paid for by the second, and there is none while nothing waits; to S3 it is free.
  'AWS::EC2::VPCEndpoint': (endpoint) =>
    property(endpoint, 'VpcEndpointType') === 'Interface'
      ? [item('endpoint', listOf(property<unknown[]>(endpoint, 'SubnetIds')).length, endpointUsd)]
      : [],
  'AWS::KMS::Key': () => [item('customer-managed key', 1, PRICES.kmsKey.usd)],
  'AWS::S3::Bucket': (bucket) => [
    item('GB of models', KEPT.modelsGb, PRICES.s3Storage.usd),
    // The key is the user's, and made elsewhere; it is the bucket that needs it.
    ...(JSON.stringify(bucket).includes('KMSMasterKeyID') ? [item('customer-managed key', 1, PRICES.kmsKey.usd)] : []),
  ],
  'AWS::Lambda::Function': (fn) => [...snapshots(fn), ...provisioned(fn)],
};

/** By the zone that it is in. */
const endpointUsd = (PRICES.endpoint.usd * SECONDS_A_MONTH) / 3600;

/** What is paid for by use alone, and why its standing there costs nothing. */
const FREE: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'a setting',
  'AWS::ApiGateway::ApiKey': 'by the request',
  'AWS::ApiGateway::BasePathMapping': 'a setting',
  'AWS::ApiGateway::Deployment': 'by the request',
  'AWS::ApiGateway::DomainName': 'by the request',
  'AWS::ApiGateway::GatewayResponse': 'by the request',
  'AWS::ApiGateway::Method': 'by the request',
  'AWS::ApiGateway::RequestValidator': 'by the request',
  'AWS::ApiGateway::Resource': 'by the request',
  'AWS::ApiGateway::RestApi': 'by the request',
  'AWS::ApiGateway::Stage': 'by the request; a cache would have a price by the hour, and there is none',
  'AWS::ApiGateway::UsagePlan': 'by the request',
  'AWS::ApiGateway::UsagePlanKey': 'by the request',
  'AWS::ApiGatewayV2::Api': 'by the request',
  'AWS::ApiGatewayV2::ApiMapping': 'a setting',
  'AWS::ApiGatewayV2::Authorizer': 'by the request',
  'AWS::ApiGatewayV2::DomainName': 'by the request',
  'AWS::ApiGatewayV2::Integration': 'by the request',
  'AWS::ApiGatewayV2::Route': 'by the request',
  'AWS::ApiGatewayV2::Stage': 'by the request',
  'AWS::Batch::ComputeEnvironment': 'by the machine and second: none is there while no job waits or runs',
  'AWS::Batch::JobDefinition': 'AWS Batch has no price; its image is paid for where it lies',
  'AWS::Batch::JobQueue': 'AWS Batch has no price',
  'AWS::CDK::Metadata': 'a note',
  'AWS::EC2::InternetGateway': 'by the GB; what comes in is free, and models that go out go to S3',
  'AWS::EC2::LaunchTemplate': 'a setting',
  'AWS::EC2::Route': 'a setting',
  'AWS::EC2::RouteTable': 'a setting',
  'AWS::EC2::SecurityGroup': 'a setting',
  'AWS::EC2::SecurityGroupIngress': 'a setting',
  'AWS::EC2::Subnet': 'a setting; a public address is paid for by the second, with its machine',
  'AWS::EC2::SubnetRouteTableAssociation': 'a setting',
  'AWS::EC2::VPC': 'a setting',
  'AWS::EC2::VPCGatewayAttachment': 'a setting',
  'AWS::Events::Rule':
    'events of AWS and of schedules are free; the weekly call that it makes is 0.0000002 USD and a few milliseconds, the hourly ones of monitoring are in its own bill',
  'AWS::IAM::InstanceProfile': 'IAM has no price',
  'AWS::IAM::Policy': 'IAM has no price',
  'AWS::IAM::Role': 'IAM has no price',
  'AWS::KinesisFirehose::DeliveryStream': 'by the GB that comes in, each record as 5 KB at least',
  'AWS::Lambda::Permission': 'a setting',
  'AWS::Logs::LogGroup': 'by the GB written and kept: nobody calls, nothing is written',
  'AWS::Logs::QueryDefinition': 'a note; asking it costs by the GB that it reads',
  'AWS::Logs::MetricFilter': 'its metric has a price in the hours in which it gets data',
  'AWS::S3::BucketPolicy': 'a setting',
  'AWS::SQS::Queue': 'by the request; nobody but EventBridge sends to it, and only what failed',
  'AWS::SQS::QueuePolicy': 'a setting',
  'AWS::StepFunctions::StateMachine': 'by the transition: nothing runs while nothing comes in',
  'AWS::SNS::Subscription': 'by the letter',
  'AWS::SNS::Topic': 'by the letter',
  'AWS::SNS::TopicPolicy': 'a setting',
  'AWS::WAFv2::WebACLAssociation': 'the web ACL is the user’s, and made elsewhere',
  'Custom::OnnwardLiveAlias': 'runs at a deployment',
};

/** As it is read: `1 alarm`, `6 alarms`, `0.75 GB of images`. */
export function words({ what, quantity }: Item): string {
  const isCounted = !what.startsWith('GB');
  return `${Number(quantity.toFixed(2))} ${what}${isCounted && quantity !== 1 ? 's' : ''}`;
}

/** The items of one month in which nobody calls, alike ones together. Throws at a type that nobody has thought about. */
export function idleBill(...templates: readonly Resources[]): Item[] {
  const all = templates.flatMap((resources) => Object.values(resources));
  const items = all.flatMap((resource) => itemsOf(resource, all));
  const merged = Map.groupBy(items, ({ what }) => what);
  return [...merged].map(([what, alike]) => ({ what, quantity: sum(alike, 'quantity'), usd: sum(alike, 'usd') }));
}

export const total = (items: readonly Item[]): number => sum(items, 'usd');

function itemsOf(resource: Resource, all: readonly Resource[]): Item[] {
  const items = PRICED[resource.Type];
  if (items) return items(resource, all);
  if (!(resource.Type in FREE)) throw new Error(`${resource.Type} is neither priced nor known to be free`);
  return [];
}

const item = (what: string, quantity: number, usd: number): Item => ({ what, quantity, usd: quantity * usd });

const isImage = (resource: Resource): boolean =>
  resource.Type === 'AWS::Lambda::Function' && property(resource, 'PackageType') === 'Image';

/** Of a trainer whose image is one of ours, and kept where ours are. */
const isJob = (resource: Resource): boolean =>
  resource.Type === 'AWS::Batch::JobDefinition' && new Set(JSON.stringify(resource).match(/-inference:\w+/g)).size > 1;

/** An alarm on a metric has one; an alarm on a formula those that are fetched for it. */
function metricsOf(alarm: Resource): number {
  const formula = property<{ MetricStat?: object }[]>(alarm, 'Metrics');
  return formula ? formula.filter(({ MetricStat }) => MetricStat).length : 1;
}

/** The cache of one published version. */
function snapshots(fn: Resource): Item[] {
  const snapStart = property<{ ApplyOn: string }>(fn, 'SnapStart');
  if (!snapStart || snapStart.ApplyOn === 'None') return [];
  return [item('GB of snapshots', gigabytes(fn), PRICES.snapStartCache.usd * SECONDS_A_MONTH)];
}

/** The tag by which a release knows how many executions to keep initialised of the version that it publishes. */
function provisioned(fn: Resource): Item[] {
  const tag = property<{ Key: string; Value: string }[]>(fn, 'Tags')?.find(
    ({ Key }) => Key === FUNCTION_TAGS.provisionedConcurrency,
  );
  if (!tag) return [];
  const isArm = property<string[]>(fn, 'Architectures')?.[0] === 'arm64';
  const { usd } = isArm ? PRICES.provisionedArm : PRICES.provisionedX86;
  return [item('GB kept initialised', gigabytes(fn) * Number(tag.Value), usd * SECONDS_A_MONTH)];
}

const gigabytes = (fn: Resource): number => (property<number>(fn, 'MemorySize') ?? 128) / 1024;

const sum = (items: readonly Item[], key: 'quantity' | 'usd'): number =>
  items.reduce((total, each) => total + each[key], 0);
