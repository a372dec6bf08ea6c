import { inputsPrefix } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IModelRegistry } from '../model-registry.ts';
import { acknowledgeWildcard } from '../wildcard.ts';

/** Keys of the store. All other paths are of the machine that a training is asked for on: what lies there comes to `training/inputs/`. */
const IS_KEY = /^(training|models)\//;

/** Keys of what was brought to the store for a model's trainings. */
export const inputKeys = (model: string): string => inputsPrefix(model, '*').slice(0, -1);

/** What channels lead to, as URLs: keys are of the store. */
export const channelUrls = ({ channels = {} }: TrainingOptions, { storeUrl }: IModelRegistry): string[] =>
  Object.values(channels).flatMap((source) => {
    if (source.startsWith('s3://')) return [source];
    return IS_KEY.test(source) ? [`${storeUrl}/${source}`] : [];
  });

/** Lets a role read what lies at `s3://bucket/key`, or below one that ends in `/`, and know what there is. */
export function grantReading(role: Role, urls: readonly string[], reason: string): void {
  for (const [bucket, places] of Map.groupBy(urls.map(placeOf), ([name]) => name)) {
    const keys = [...new Set(places.map(([, key]) => (key === '' || key.endsWith('/') ? `${key}*` : key)))];
    const arn = Stack.of(role).formatArn({ service: 's3', region: '', account: '', resource: bucket });
    const resources = keys.map((key) => `${arn}/${key}`);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources }));
    const conditions = { StringLike: { 's3:prefix': keys } };
    role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [arn], conditions }));
    for (const resource of resources) if (resource.endsWith('*')) acknowledgeWildcard(role, resource, reason);
  }
}

function placeOf(url: string): [bucket: string, key: string] {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(url) ?? [];
  return [bucket, key];
}
