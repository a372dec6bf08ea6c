import { CORS } from '#core/deployment/cors.ts';
import { serviceName } from '#core/deployment/names.ts';
import { Duration, Stack } from 'aws-cdk-lib';
import {
  ApiMapping,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpIntegrationType,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  type HttpRouteIntegrationConfig,
  HttpRouteIntegration,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  PayloadFormatVersion,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { accessLogFormat, newAccessLog } from './access-log.ts';
import { type ApiAuth, type ApiFront, belowModel, type FrontProps, type LiveModel, REST_OF_PATH } from './front.ts';
import { permitInvoke } from './invoke-permission.ts';
import { acknowledgeOpen } from './open.ts';
import type { ApiDomainOptions } from './options.ts';
import { checkRoom, type Quota, ROUTES, throttleOf } from './room.ts';

/** API Gateway's HTTP API: IAM or JWT, cheap, and without a say in what it answers by itself. */
export class HttpFront extends Construct implements ApiFront {
  readonly url: string;
  readonly domainTarget?: string;
  readonly stage: HttpStage;
  private readonly api: HttpApi;
  private readonly authorizers: Readonly<Record<ApiAuth, IHttpRouteAuthorizer>>;
  private readonly quotas: readonly Quota[];
  private readonly catalogue: FunctionIntegration;
  private readonly hasCors: boolean;
  private models = 0;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    this.api = this.addApi(props);
    this.stage = this.addStage(props);
    this.authorizers = authorizersOf(props);
    this.quotas = quotasOf(props);
    this.catalogue = new FunctionIntegration('Catalogue', props.catalogue);
    this.hasCors = props.cors !== undefined;
    this.url = props.domain ? `https://${props.domain.domainName}` : this.api.apiEndpoint;
    if (props.domain) this.domainTarget = this.addDomain(props.domain);
    this.addCatalogue(props);
  }

  addModel({ model, live }: LiveModel, auth: ApiAuth): void {
    checkRoom(++this.models, this.quotas);
    const integration = new FunctionIntegration(model, live);
    const path = `/v2/models/${model}`;
    for (const each of [path, `${path}/${REST_OF_PATH}`]) {
      this.addRoute(HttpRouteKey.with(each, HttpMethod.ANY), integration, auth);
      this.addPreflight(each);
    }
    permitInvoke(this, `Invoke-${model}`, live, this.api.arnForExecuteApi('*', belowModel(model), '*'));
  }

  arnFor(path: string): string {
    return this.api.arnForExecuteApi('*', path, this.stage.stageName);
  }

  private addDomain({ domainName, certificateArn }: ApiDomainOptions): string {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const securityPolicy = SecurityPolicy.TLS_1_2;
    const domain = new DomainName(this, 'Domain', { domainName, certificate, securityPolicy });
    new ApiMapping(this, 'Mapping', { api: this.api, domainName: domain, stage: this.stage });
    return domain.regionalDomainName;
  }

  private addApi({ stage, cors }: FrontProps): HttpApi {
    const corsPreflight = cors && {
      allowOrigins: [...cors.origins],
      allowMethods: CORS.methods.map((method) => CorsHttpMethod[method]),
      allowHeaders: [...CORS.requestHeaders],
      exposeHeaders: [...CORS.responseHeaders],
      maxAge: Duration.seconds(CORS.maxAgeSeconds),
    };
    return new HttpApi(this, 'Api', {
      apiName: serviceName(stage),
      createDefaultStage: false,
      ...(corsPreflight && { corsPreflight }),
    });
  }

  private addStage(props: FrontProps): HttpStage {
    const { stage, accessLogs = true, logRetention } = props;
    const { rate, burst } = throttleOf(props);
    const format = accessLogFormat({
      route: '$context.routeKey',
      integrationStatus: '$context.integrationStatus',
      integrationError: '$context.integrationErrorMessage',
    });
    return new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: rate, burstLimit: burst },
      ...(accessLogs && {
        accessLogSettings: {
          destination: new LogGroupLogDestination(newAccessLog(this, stage, logRetention)),
          format,
        },
      }),
    });
  }

  private addCatalogue({ auth = 'iam', catalogue }: FrontProps): void {
    this.addRoute(HttpRouteKey.DEFAULT, this.catalogue, auth);
    this.addPreflight(`/${REST_OF_PATH}`);
    permitInvoke(this, 'Invoke-Catalogue', catalogue, this.arnOfAnyRoute());
  }

  /**
   * The catch-all is `api/stage/$default`, one part shorter than a route of a method and a path: a pattern of one for each
   * would leave it out, and API Gateway would answer 500 by itself.
   */
  private arnOfAnyRoute(): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*/*' });
  }

  /**
   * A browser asks without credentials whether it may call, and a route of any method would refuse that, or hand it to a
   * model. The answer's headers are API Gateway's own; the catalogue gives it a status.
   */
  private addPreflight(path: string): void {
    if (!this.hasCors) return;
    this.addRoute(HttpRouteKey.with(path, HttpMethod.OPTIONS), this.catalogue, 'none');
  }

  private addRoute(routeKey: HttpRouteKey, integration: HttpRouteIntegration, auth: ApiAuth): void {
    const authorizer = this.authorizers[auth];
    const route = new HttpRoute(this, routeKey.key, { httpApi: this.api, routeKey, integration, authorizer });
    if (auth === 'none') acknowledgeOpen(route);
  }
}

/** One integration a function, however many routes lead to it. Whom it lets in is said once, by its permission. */
class FunctionIntegration extends HttpRouteIntegration {
  private readonly target: IFunction;

  constructor(id: string, target: IFunction) {
    super(id);
    this.target = target;
  }

  bind(): HttpRouteIntegrationConfig {
    return {
      type: HttpIntegrationType.AWS_PROXY,
      uri: this.target.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    };
  }
}

function authorizersOf({ jwt }: FrontProps): Readonly<Record<ApiAuth, IHttpRouteAuthorizer>> {
  const none = new HttpNoneAuthorizer();
  const iam = new HttpIamAuthorizer();
  if (!jwt) return { iam, none, jwt: iam };
  return { iam, none, jwt: new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] }) };
}

/** Source: the API Gateway developer guide, "Quotas for configuring and running an HTTP API". */
const quotasOf = ({ cors, routeLimit = ROUTES }: FrontProps): readonly Quota[] => [
  { what: 'integrations', limit: 300, own: 1, each: 1, raisable: false },
  { what: 'routes', limit: routeLimit, own: cors ? 2 : 1, each: cors ? 4 : 2, raisable: true },
];
