import { BASELINES_PREFIX } from '#core/monitoring/keys.ts';
import { pendingPrefix } from '#core/monitoring/truth/pending.ts';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IModelRegistry } from './model-registry.ts';
import { acknowledgeWildcard } from './wildcard.ts';

/** What says whose a captured request is, is hashed with the keys below it. */
export const CAPTURE_KEYS = 'keys/capture/';

/** Lets a function hash whose a request is, and what is sensitive. */
export function grantCaptureKeys(grantee: IGrantable, { bucket }: IModelRegistry): Grant {
  bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
  const keys = bucket.arnForObjects(`${CAPTURE_KEYS}*`);
  acknowledgeWildcard(grantee, keys, 'Keys of captured subjects are numbered as they are renewed.');
  Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [keys] });
  // Who may not know what there is hears of what there is not that it is denied.
  return Grant.addToPrincipal({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': [`${CAPTURE_KEYS}*`] } },
  });
}

/** Lets the function of a model read what it was trained on, as sketches: explanations stand on it. */
export function grantBaselines(grantee: IGrantable, { bucket }: IModelRegistry, model: string): Grant {
  const keys = bucket.arnForObjects(`${BASELINES_PREFIX}${model}/*`);
  acknowledgeWildcard(grantee, keys, 'Each version has a baseline of its own, by what is in it.');
  return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [keys] });
}

/**
 * Lets the function of a model keep truths that come by the id of a captured request, until they are joined: below a day,
 * `yyyy-mm-dd`, for what lies below years are files that others bring.
 */
export function grantTruths(grantee: IGrantable, { bucket }: IModelRegistry, model: string): Grant {
  bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  const keys = bucket.arnForObjects(`${pendingPrefix(model, '????-??-??')}*`);
  acknowledgeWildcard(grantee, keys, 'Each truth that comes back has a key of its own, by the id that it comes with.');
  return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject', 's3:PutObject'], resourceArns: [keys] });
}
