import { describe, expect, test } from 'vitest';
import { PRICES } from '../prices.ts';
import { idleBill, KEPT, total, words } from './bill.ts';
import type { Resource } from './template.ts';

const bill = (...resources: Resource[]) => idleBill(Object.fromEntries(resources.map((each, i) => [`R${i}`, each])));
const usd = (...resources: Resource[]): number => total(bill(...resources));

test('a type that nobody has thought about is no free one', () => {
  expect(() => bill({ Type: 'AWS::EC2::NatGateway' })).toThrow('AWS::EC2::NatGateway is neither priced nor known');
});

test('what is paid for by use costs nothing idle', () => {
  expect(bill({ Type: 'AWS::SNS::Topic' }, { Type: 'AWS::Logs::LogGroup' })).toEqual([]);
});

test('alike things are one line', () => {
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } };
  expect(bill(alarm, alarm, alarm)).toEqual([{ what: 'alarm', quantity: 3, usd: expect.closeTo(0.3) as number }]);
});

test('an alarm on a formula costs as many metrics as it fetches', () => {
  const Metrics = [{ Expression: 'a / b' }, { MetricStat: {} }, { MetricStat: {} }];
  expect(usd({ Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics } })).toBeCloseTo(0.2);
});

test('a bucket costs what it keeps, and the key that it names', () => {
  const bucket = { Type: 'AWS::S3::Bucket' };
  const ServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'arn:aws:kms:x' };
  const BucketEncryption = { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault }] };
  expect(usd(bucket)).toBeCloseTo(KEPT.modelsGb * 0.023);
  expect(usd({ ...bucket, Properties: { BucketEncryption } })).toBeCloseTo(KEPT.modelsGb * 0.023 + 1);
});

test('a repository costs what images are in it, and nothing where there are zips', () => {
  const repository = { Type: 'AWS::ECR::Repository' };
  const fn = (PackageType: string) => ({ Type: 'AWS::Lambda::Function', Properties: { PackageType } });
  expect(usd(repository, fn('Zip'))).toBe(0);
  expect(usd(repository, fn('Image'))).toBeCloseTo(KEPT.imagesGb * 0.1);
});

test.each([
  ['alarm', 1, '1 alarm'],
  ['alarm', 6, '6 alarms'],
  ['GB of images', 0.754, '0.75 GB of images'],
])('an item is read as its number and what it is', (what, quantity, text) => {
  expect(words({ what, quantity, usd: 1 })).toBe(text);
});

describe('a function costs nothing idle', () => {
  const fn = (Properties: Record<string, unknown>): Resource => ({ Type: 'AWS::Lambda::Function', Properties });

  test('by itself', () => {
    expect(usd(fn({ MemorySize: 10_240 }))).toBe(0);
    expect(usd(fn({ SnapStart: { ApplyOn: 'None' } }))).toBe(0);
  });

  test('but for the snapshot of a published version', () => {
    const cached = fn({ MemorySize: 1024, SnapStart: { ApplyOn: 'PublishedVersions' } });
    expect(usd(cached)).toBeCloseTo(0.0000015046 * 730 * 3600);
  });

  test.each([
    ['arm64', 0.0000033334],
    ['x86_64', 0.0000041667],
  ])('but for what is kept initialised on %s', (architecture, price) => {
    const Tags = [{ Key: 'onnward:provisioned-concurrency', Value: '3' }];
    const kept = fn({ MemorySize: 2048, Architectures: [architecture], Tags });
    expect(usd(kept)).toBeCloseTo(3 * 2 * price * 730 * 3600);
  });
});

test.each(Object.entries(PRICES))('the price of %s has a source and a date', (_, { usd, source, date }) => {
  expect(usd).toBeGreaterThan(0);
  expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.+\/pricing\/$/);
  expect(date).toMatch(/^20\d\d-\d\d$/);
});
