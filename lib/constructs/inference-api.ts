import { CfnOutput } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ApiAuth, ApiFront, LiveModel } from './api/front.ts';
import { HttpFront } from './api/http-front.ts';
import { RestFront } from './api/rest-front.ts';
import { checkAuth, checkOptions, type InferenceApiProps } from './api/options.ts';
import { checkNames } from './api/room.ts';
import { Catalogue } from './catalogue.ts';

export type { ApiAuth, LiveModel } from './api/front.ts';
export type { InferenceApiOptions, InferenceApiProps } from './api/options.ts';

export interface AddModelOptions {
  /** Who may call it. @default - as the API's own `auth` says */
  readonly auth?: ApiAuth;
}

/** One API a stage: every model below `/v2/models/<name>`, and the catalogue for everything else. */
export class InferenceApi extends Construct {
  /** Where the protocol's paths begin, without a slash at its end. */
  readonly url: string;
  readonly catalogue: Catalogue;
  private readonly props: InferenceApiProps;
  private readonly front: ApiFront;
  private readonly models: string[] = [];

  /** Throws `api.needs_rest`, `api.needs_http`, `api.no_jwt`. */
  constructor(scope: Construct, id: string, props: InferenceApiProps) {
    super(scope, id);
    checkOptions(props);
    checkAuth(props.auth ?? 'iam', props, 'the API');
    this.props = props;
    const { stage, registry, logRetention } = props;
    this.catalogue = new Catalogue(this, 'Catalogue', {
      stage,
      registry,
      models: this.models,
      ...(logRetention && { logRetention }),
    });
    const frontProps = { ...props, catalogue: this.catalogue.function };
    this.front =
      props.type === 'rest' ? new RestFront(this, 'Rest', frontProps) : new HttpFront(this, 'Http', frontProps);
    this.url = this.front.url;
    if (this.front.domainTarget) this.outputDomainTarget(this.front.domainTarget);
  }

  /** Puts a model behind the API. Throws `api.full`, `api.no_jwt`. */
  addModel(service: LiveModel, { auth = this.props.auth ?? 'iam' }: AddModelOptions = {}): void {
    checkAuth(auth, this.props, service.model);
    this.front.addModel(service, auth);
    this.models.push(service.model);
    checkNames(this.models);
  }

  /** Lets the grantee send signed requests to `model`, or to the whole API. */
  grantInvoke(grantee: IGrantable, model?: string): Grant {
    const paths = model === undefined ? ['/*'] : [`/v2/models/${model}`, `/v2/models/${model}/*`];
    const resourceArns = paths.map((path) => this.front.arnFor(path));
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  /** Answers with a status of 500 or more, whoever gave them. */
  metricServerErrors(options?: MetricOptions): IMetric {
    return this.front.stage.metricServerError(options);
  }

  /** Answers with a status from 400 to 499. */
  metricClientErrors(options?: MetricOptions): IMetric {
    return this.front.stage.metricClientError(options);
  }

  metricRequests(options?: MetricOptions): IMetric {
    return this.front.stage.metricCount(options);
  }

  /** Milliseconds from API Gateway's receiving a request to its answering. */
  metricLatency(options?: MetricOptions): IMetric {
    return this.front.stage.metricLatency(options);
  }

  private outputDomainTarget(value: string): void {
    const description = `What the DNS record of ${this.props.domain?.domainName} is to point to (CNAME, or an alias)`;
    new CfnOutput(this, 'DomainTarget', { value, description });
  }
}
