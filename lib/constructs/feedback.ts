import { FEEDBACK_PREFIX } from '#core/monitoring/feedback.ts';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IModelRegistry } from './model-registry.ts';
import { acknowledgeWildcard } from './wildcard.ts';

/** Receipts are signed with the keys below it: who can read them can forge receipts. */
export const RECEIPT_KEYS = 'keys/receipts/';

/** Lets the function of a model sign receipts, and count once what comes back for its own. */
export function grantFeedback(grantee: IGrantable, { bucket }: IModelRegistry, model: string): Grant {
  bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  const [keys, counted] = [`${RECEIPT_KEYS}*`, `${FEEDBACK_PREFIX}${model}/*`];
  const grants: [string[], string][] = [
    [['s3:GetObject'], keys],
    [['s3:GetObject', 's3:PutObject'], counted],
  ];
  for (const [actions, objects] of grants) {
    const arn = bucket.arnForObjects(objects);
    Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
    acknowledgeWildcard(
      grantee,
      arn,
      'Keys of receipts are numbered as they are renewed, and each receipt has one of its own.',
    );
  }
  // Who may not know what there is hears of what there is not that it is denied.
  return Grant.addToPrincipal({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': [keys, counted] } },
  });
}
