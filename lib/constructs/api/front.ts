import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';

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

/** One kind of API Gateway's APIs, with the same paths before the same functions. */
export interface ApiFront {
  /** Without a slash at its end: the protocol's paths follow. */
  readonly url: string;
  /** What the record of the custom domain is to point to. @default - there is no custom domain */
  readonly domainTarget?: string;
  /** Sends all that is below `/v2/models/<model>` to the model's function. Throws where the API has no room for it. */
  addModel(service: LiveModel, auth: ApiAuth): void;
  /** The ARN of a path, for IAM policies; `*` matches any part of one. */
  arnFor(path: string): string;
  metricServerErrors(options?: MetricOptions): IMetric;
  metricClientErrors(options?: MetricOptions): IMetric;
  metricRequests(options?: MetricOptions): IMetric;
  metricLatency(options?: MetricOptions): IMetric;
}

/** Where a model answers: itself, and everything below. */
export const pathsOf = (model: string): readonly [string, string] => [
  `/v2/models/${model}`,
  `/v2/models/${model}/{proxy+}`,
];
