import { OnnwardError, type OnnwardErrorOptions } from '#core/errors.ts';

/** What AWS was asked for. */
export interface AwsRequest {
  /** The IAM action that it takes, such as `lambda:PublishVersion`. */
  readonly action: string;
  /** What it was asked of: a function's name, a stack's. */
  readonly resource: string;
}

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

interface Reason {
  readonly code: string;
  readonly kind: OnnwardErrorOptions['kind'];
  readonly what: string;
  readonly fix: string;
}

/** Does `work`; what AWS, or the way to it, refuses is said in our words. Throws `aws.*`, and what is ours as it is. */
export async function asking<T>(request: AwsRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw awsError(request, error);
  }
}

/** Whether AWS refused with this exception: its name, as the service's API reference has it. */
export const isAwsError = (error: unknown, name: string): boolean => nameOf(error) === name;

/** The exception's name, of an error that `asking` has put into words too. */
export function nameOf(error: unknown): string {
  const cause = error instanceof OnnwardError ? error.cause : error;
  return cause instanceof Error ? cause.name : '';
}

function awsError(request: AwsRequest, error: unknown): unknown {
  if (error instanceof OnnwardError) return error;
  const { code, kind, what, fix } = reasonOf(request, error as SdkError);
  const { action, resource } = request;
  return new OnnwardError(`${resource}: ${what}`, {
    code,
    kind,
    fix,
    fields: { action, resource, reason: nameOf(error) },
    cause: error,
  });
}

const SIGN_IN =
  "Run 'aws configure' or 'aws sso login', or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";

/** Names of exceptions that say of the credentials what is wrong with them. */
const CREDENTIALS: Readonly<Record<string, { readonly code: string; readonly what: string; readonly fix: string }>> = {
  CredentialsProviderError: { code: 'aws.no_credentials', what: 'no AWS credentials were found.', fix: SIGN_IN },
  TokenProviderError: { code: 'aws.no_credentials', what: 'no AWS credentials were found.', fix: SIGN_IN },
  ExpiredToken: expired(),
  ExpiredTokenException: expired(),
  RequestExpired: expired(),
  InvalidClientTokenId: unknown(),
  UnrecognizedClientException: unknown(),
  InvalidSignatureException: unknown(),
  SignatureDoesNotMatch: unknown(),
};

function expired() {
  return { code: 'aws.expired_credentials', what: 'the AWS credentials have expired.', fix: "Run 'aws sso login'." };
}

function unknown() {
  const fix = 'Set the access key of an account that there is, and the secret that belongs to it.';
  return { code: 'aws.bad_credentials', what: 'AWS does not know these credentials.', fix };
}

/** How AWS refuses the time of a signature, under the names of several exceptions. */
const SKEWED = /not yet current|signature expired|time.{0,20}too (large|skewed)/i;

const DENIED = /access ?denied|unauthorized|not ?authorized|forbidden/i;
const THROTTLED = /throttl|toomanyrequests|requestlimitexceeded|slowdown/i;

function reasonOf({ action }: AwsRequest, error: SdkError): Reason {
  const { name, message } = error;
  if (SKEWED.test(message)) {
    const fix = 'Set the clock of this machine.';
    return { code: 'aws.clock', kind: 'invalid', what: `the clock of this machine is not AWS's: ${message}`, fix };
  }
  const known = CREDENTIALS[name];
  if (known) return { ...known, kind: 'unavailable' };
  if (/^Region (is missing|not accepted)/.test(message)) {
    const fix = "Set AWS_REGION, or `region` of the stage in onnward.config.ts, or run 'aws configure'.";
    return { code: 'aws.no_region', kind: 'invalid', what: 'no AWS region is set.', fix };
  }
  if (error.$metadata?.httpStatusCode === undefined) {
    const what = `AWS does not answer (${error.code ?? name}).`;
    const fix = 'Check the network, AWS_REGION, and AWS_ENDPOINT_URL where it is set.';
    return { code: 'aws.unreachable', kind: 'unavailable', what, fix };
  }
  if (DENIED.test(name)) {
    const fix = `Allow ${deniedAction(message) ?? action} to whom the credentials belong.`;
    return { code: 'aws.access_denied', kind: 'unavailable', what: `access denied: ${message}`, fix };
  }
  if (THROTTLED.test(name)) {
    const what = `AWS takes no more requests just now (${name}).`;
    return { code: 'aws.throttled', kind: 'unavailable', what, fix: 'Run it again in a minute.' };
  }
  const fix = 'Run it again; if it stays, look at the resource in the AWS console.';
  return { code: 'aws.failed', kind: 'unavailable', what: `${action} answered ${name}: ${message}`, fix };
}

/** AWS names the action that it misses, which need not be the one that was called. */
const deniedAction = (message: string): string | undefined =>
  /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1];
