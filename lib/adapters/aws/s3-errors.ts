import { OnnwardError, type OnnwardErrorOptions } from '#core/errors.ts';

/** What S3 was asked for; `permission` is the IAM action that it takes. */
export interface S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly permission: 's3:GetObject' | 's3:GetObjectVersion' | 's3:PutObject' | 's3:ListBucket';
}

interface Reason {
  readonly code: string;
  readonly kind: OnnwardErrorOptions['kind'];
  readonly what: string;
  readonly fix: string;
}

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

const statusOf = (error: unknown): number | undefined => (error as SdkError)?.$metadata?.httpStatusCode;

/** How often the request was sent, where S3 answered at all. */
export const attemptsOf = (error: unknown): number => (error as SdkError)?.$metadata?.attempts ?? 1;

export const nameOf = (error: unknown): string => (error as Error)?.name ?? '';

/** A condition that did not hold. `If-Match` on a key that is not there is a 404. */
export const isRefusal = (error: unknown): boolean =>
  statusOf(error) === 412 || (statusOf(error) === 404 && nameOf(error) === 'NoSuchKey');

export const isNotFound = (error: unknown): boolean =>
  statusOf(error) === 404 && ['NoSuchKey', 'NotFound'].includes(nameOf(error));

/** Neither the object nor, where one was asked for, its version is there; a mark of deletion answers a HEAD with 405. */
export const isGone = (error: unknown): boolean =>
  isNotFound(error) || statusOf(error) === 405 || (statusOf(error) === 404 && nameOf(error) === 'NoSuchVersion');

/** The object ends before the range that was asked for. */
export const isBeyond = (error: unknown): boolean => statusOf(error) === 416;

/** Another conditional write to the key was under way: nothing was decided yet. */
export const isUndecided = (error: unknown): boolean => statusOf(error) === 409;

/** Says what S3, or the way to it, refused, and what to do. What Onnward itself said passes as it is. */
export function s3Error(request: S3Request, error: unknown): unknown {
  if (error instanceof OnnwardError) return error;
  const { code, kind, what, fix } = reason(request, error as SdkError);
  const { bucket, key } = request;
  return new OnnwardError(`s3://${bucket}/${key}: ${what}`, {
    code,
    kind,
    fix,
    fields: { ...request, reason: nameOf(error) },
    cause: error,
  });
}

function reason({ bucket, permission }: S3Request, error: SdkError): Reason {
  const name = nameOf(error);
  const status = statusOf(error);
  if (name === 'NoSuchBucket') {
    const fix = `Create it ('aws s3 mb s3://${bucket}'), or name another store.`;
    return { code: 'store.no_bucket', kind: 'not-found', what: `there is no bucket ${bucket}.`, fix };
  }
  if (name === 'CredentialsProviderError') {
    const fix =
      "Run 'aws configure' or 'aws sso login', or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";
    return { code: 'store.no_credentials', kind: 'unavailable', what: 'no AWS credentials were found.', fix };
  }
  if (error.message === 'Region is missing') {
    return { code: 'store.no_region', kind: 'invalid', what: 'no AWS region is set.', fix: 'Set AWS_REGION.' };
  }
  if (status === 401 || status === 403) {
    const fix =
      DENIALS[name] ?? `Allow ${permission} on it; without s3:ListBucket, S3 says this of missing objects too.`;
    return { code: 'store.access_denied', kind: 'unavailable', what: `access denied (${name}).`, fix };
  }
  if (status === undefined) {
    const fix = 'Check the network, AWS_REGION, and AWS_ENDPOINT_URL_S3 where it is set.';
    return { code: 'store.unreachable', kind: 'unavailable', what: `S3 does not answer (${error.code ?? name}).`, fix };
  }
  const what = `S3 answered ${status} ${name}: ${error.message}`;
  return { code: 'store.failed', kind: 'unavailable', what, fix: 'Try again; if it stays, look at the bucket.' };
}

const DENIALS: Readonly<Record<string, string>> = {
  ExpiredToken: "Renew the credentials ('aws sso login').",
  InvalidAccessKeyId: 'Set the access key of an account that there is.',
  SignatureDoesNotMatch: 'Set the secret key that belongs to the access key.',
  RequestTimeTooSkewed: "Set this machine's clock.",
};
