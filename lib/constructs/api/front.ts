import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { InferenceApiProps } from './options.ts';

/** Who may call: signed requests of IAM identities, bearers of a JWT, or everybody on the internet. */
export type ApiAuth = 'iam' | 'jwt' | 'none';

/** A model that a function of its own serves. */
export interface LiveModel {
  readonly model: string;
  /** The alias that all traffic goes through. */
  readonly live: IFunction;
  /** The function that the alias is of. */
  readonly function: LambdaFunction;
}

export interface FrontProps extends InferenceApiProps {
  /** Answers whatever belongs to no model. */
  readonly catalogue: LambdaFunction;
}

/** One kind of API Gateway's APIs, with the same paths before the same functions. */
export interface ApiFront {
  /** Without a slash at its end: the protocol's paths follow. */
  readonly url: string;
  /** What the record of the custom domain is to point to. @default - there is no custom domain */
  readonly domainTarget?: string;
  /** What the whole API does. */
  readonly stage: StageMetrics;
  /** Sends all that is below `/v2/models/<model>` to the model's function. Throws where the API has no room for it. */
  addModel(service: LiveModel, auth: ApiAuth): void;
  /** The ARN of a path, for IAM policies; `*` matches any part of one. */
  arnFor(path: string): string;
}

/** The metrics that API Gateway keeps of a stage, by the name of either kind's. */
interface StageMetrics {
  metricServerError(options?: MetricOptions): Metric;
  metricClientError(options?: MetricOptions): Metric;
  metricCount(options?: MetricOptions): Metric;
  metricLatency(options?: MetricOptions): Metric;
}

/** What follows a model's path. */
export const REST_OF_PATH = '{proxy+}';

/** Where API Gateway may call a model's function from, for a permission. */
export const belowModel = (model: string): string => `/v2/models/${model}*`;
