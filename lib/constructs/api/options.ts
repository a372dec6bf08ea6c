import { OnnwardError } from '#core/errors.ts';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IModelRegistry } from '../model-registry.ts';
import type { ApiAuth } from './front.ts';

interface JwtOptions {
  /** The issuer's URL, below which its keys are found. */
  readonly issuer: string;
  /** Whom tokens are for; a token that names one of these is taken. */
  readonly audience: readonly string[];
}

export interface ApiDomainOptions {
  /** Such as `models.example.com`. Its record in the DNS is yours to make. */
  readonly domainName: string;
  /** Of a certificate of ACM, in the API's region. */
  readonly certificateArn: string;
}

export interface ThrottleOptions {
  /** Requests a second. */
  readonly rate: number;
  /** Requests at once above the rate. */
  readonly burst: number;
}

interface CorsOptions {
  /** Such as `https://app.example.com`; '*' is every page of the web. */
  readonly origins: readonly string[];
}

export interface ApiKeyOptions {
  /** Requests a month for each key. @default - no limit */
  readonly monthlyQuota?: number | undefined;
}

/** What a user tunes. */
export interface InferenceApiOptions {
  /** 'rest' costs 3.5 times as much, and has API keys and the web application firewall. @default 'http' */
  readonly type?: 'http' | 'rest';
  /** Who may call the catalogue, and each model that says nothing else. @default 'iam' */
  readonly auth?: ApiAuth;
  /** Needed where anything's `auth` is 'jwt'; `http` only. @default - none */
  readonly jwt?: JwtOptions;
  /** @default - the address that API Gateway gives */
  readonly domain?: ApiDomainOptions;
  /** Of the whole API. @default - 100 a second, 200 at once */
  readonly throttle?: ThrottleOptions;
  /** Pages of these origins may call. @default - no page of a browser may */
  readonly cors?: CorsOptions;
  /** A line for each request, without its payload. @default true */
  readonly accessLogs?: boolean;
  /** Of the access log and of the catalogue's own. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** Callers need a key besides; `rest` only. @default - no keys */
  readonly apiKeys?: ApiKeyOptions;
  /** The ARN of a web ACL; `rest` only. @default - none */
  readonly webAcl?: string;
  /** What the account's quota of routes (`http`) or resources (`rest`) of an API was raised to. @default 300 */
  readonly routeLimit?: number;
}

export interface InferenceApiProps extends InferenceApiOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
}

/** Refuses what the kind of API does not have. Throws `api.needs_rest`, `api.needs_http`. */
export function checkOptions({ type = 'http', apiKeys, webAcl, jwt }: InferenceApiOptions): void {
  if (type === 'http' && apiKeys) throw needs('rest', 'apiKeys');
  if (type === 'http' && webAcl) throw needs('rest', 'webAcl');
  if (type === 'rest' && jwt) throw needs('http', 'jwt');
}

/** Refuses JWTs that nobody said how to check. Throws `api.no_jwt`. */
export function checkAuth(auth: ApiAuth, { type = 'http', jwt }: InferenceApiOptions, whose: string): void {
  if (auth !== 'jwt' || (jwt && type === 'http')) return;
  throw new OnnwardError(`the auth of ${whose} is 'jwt', and the API has no issuer to take tokens of.`, {
    code: 'api.no_jwt',
    kind: 'invalid',
    fix: "Give an API of the type 'http' jwt: { issuer, audience }.",
    fields: { whose, type },
  });
}

/** Source: the API Gateway developer guide, "Choose between REST APIs and HTTP APIs". */
const needs = (type: 'http' | 'rest', option: string): OnnwardError =>
  new OnnwardError(`'${option}' is something that only an API of the type '${type}' has.`, {
    code: type === 'rest' ? 'api.needs_rest' : 'api.needs_http',
    kind: 'invalid',
    fix: `Set type: '${type}', or leave ${option} out.`,
    fields: { option },
  });
