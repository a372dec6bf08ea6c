import { ORIGINS } from '#core/deployment/cors.ts';
import { serviceName } from '#core/deployment/names.ts';
import { ArnFormat, Aws, CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  ApiKey,
  AuthorizationType,
  EndpointType,
  Integration,
  IntegrationType,
  type IResource,
  LogGroupLogDestination,
  Period,
  RestApi,
  SecurityPolicy,
  type Stage,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { accessLogFormat, newAccessLog } from './access-log.ts';
import { type ApiAuth, type ApiFront, belowModel, type FrontProps, type LiveModel, REST_OF_PATH } from './front.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { permitInvoke } from './invoke-permission.ts';
import { acknowledgeOpen } from './open.ts';
import type { ApiDomainOptions, ApiKeyOptions } from './options.ts';
import { checkRoom, ROUTES, throttleOf } from './room.ts';

/** The resources that there are without a model: `/`, `/v2`, `/v2/models`, and what is below each of them. */
const OWN_RESOURCES = 6;

/** The policy of AWS's that CDK gives to the role by which API Gateway writes logs. */
const LOG_POLICY = 'AmazonAPIGatewayPushToCloudWatchLogs';

/** API Gateway's REST API: keys, quotas, the web application firewall, and errors in the protocol's own shape. */
export class RestFront extends Construct implements ApiFront {
  readonly url: string;
  readonly domainTarget?: string;
  readonly stage: Stage;
  private readonly api: RestApi;
  private readonly props: FrontProps;
  private readonly modelsResource: IResource;
  private readonly catalogue: Integration;
  private models = 0;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { stage, domain, webAcl, apiKeys, cors } = props;
    this.props = props;
    this.api = this.addApi();
    this.stage = this.api.deploymentStage;
    this.catalogue = this.integrate(props.catalogue);
    this.modelsResource = this.addCatalogue();
    addGatewayResponses(this.api, cors?.origins.length === 1 ? cors.origins[0] : undefined);
    if (apiKeys) this.addKey(apiKeys);
    if (webAcl) new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: this.stage.stageArn, webAclArn: webAcl });
    const address = `${this.api.restApiId}.execute-api.${Stack.of(this).region}.${Aws.URL_SUFFIX}/${stage}`;
    this.url = `https://${domain ? domain.domainName : address}`;
    if (domain) this.domainTarget = this.addDomain(domain);
  }

  addModel({ model, live, function: latest }: LiveModel, auth: ApiAuth): void {
    const limit = this.props.routeLimit ?? ROUTES;
    checkRoom(++this.models, [{ what: 'resources', limit, own: OWN_RESOURCES, each: 2, raisable: true }]);
    const resource = this.modelsResource.addResource(model);
    const integration = this.integrate(live);
    this.addMethods(resource, integration, auth);
    this.addMethods(resource.addResource(REST_OF_PATH), integration, auth);
    this.allowOrigins(latest);
    permitInvoke(this, `Invoke-${model}`, live, this.api.arnForExecuteApi('*', belowModel(model), '*'));
  }

  arnFor(path: string): string {
    return this.api.arnForExecuteApi('*', path, this.stage.stageName);
  }

  private addApi(): RestApi {
    const { stage, accessLogs = true } = this.props;
    const api = new RestApi(this, 'Api', {
      restApiName: serviceName(stage),
      binaryMediaTypes: ['*/*'],
      endpointTypes: [EndpointType.REGIONAL],
      // The account has one such role for all its REST APIs, so it stays when this one goes.
      cloudWatchRole: accessLogs,
      ...(accessLogs && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
      deployOptions: { stageName: stage, ...throttling(this.props), ...(accessLogs && this.logging()) },
    });
    this.acknowledge(api);
    // The URL is said once, and as it is used.
    api.node.tryRemoveChild('Endpoint');
    return api;
  }

  /** What cdk-nag would have otherwise. */
  private acknowledge(api: RestApi): void {
    const ofApi = Validations.of(api);
    ofApi.acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason: 'The function checks requests: their shape is the model’s, and may be binary.',
      },
      {
        id: 'AwsSolutions-APIG6',
        reason: 'Logs of the execution would hold payloads. The access log has all but those.',
      },
      {
        id: 'AwsSolutions-COG4',
        reason: 'Callers sign as identities of IAM, or the configuration says that all may call.',
      },
    );
    if (!this.props.webAcl) {
      const reason = 'A web ACL costs by the month, and is the option `webAcl`. Throttling and IAM are there without.';
      ofApi.acknowledge({ id: 'AwsSolutions-APIG3', reason });
    }
    if (this.props.accessLogs ?? true) {
      const id = `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${LOG_POLICY}]`;
      ofApi.acknowledge({ id, reason: 'The role is the account’s: AWS’s own policy for what all REST APIs may log.' });
    }
  }

  private logging(): StageOptions {
    const format = accessLogFormat({
      route: '$context.resourcePath',
      integrationStatus: '$context.integration.status',
      integrationError: '$context.integration.error',
    });
    const group = newAccessLog(this, this.props.stage, this.props.logRetention);
    return { accessLogDestination: new LogGroupLogDestination(group), accessLogFormat: format };
  }

  /** On every level, so that no path falls between two resources. Gives the one that models are below of. */
  private addCatalogue(): IResource {
    const { auth = 'iam', catalogue } = this.props;
    const { root } = this.api;
    const v2 = root.addResource('v2');
    const models = v2.addResource('models');
    for (const resource of [root, v2, models]) {
      this.addMethods(resource, this.catalogue, auth);
      this.addMethods(resource.addResource(REST_OF_PATH), this.catalogue, auth);
    }
    this.allowOrigins(catalogue);
    permitInvoke(this, 'Invoke-Catalogue', catalogue, this.api.arnForExecuteApi('*', '/*', '*'));
    return models;
  }

  /** A browser asks without credentials whether it may call; the catalogue tells it. */
  private addMethods(resource: IResource, integration: Integration, auth: ApiAuth): void {
    const authorizationType = auth === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE;
    const apiKeyRequired = this.props.apiKeys !== undefined;
    const any = resource.addMethod('ANY', integration, { authorizationType, apiKeyRequired });
    if (auth === 'none') acknowledgeOpen(any);
    if (!this.props.cors) return;
    acknowledgeOpen(resource.addMethod('OPTIONS', this.catalogue, { authorizationType: AuthorizationType.NONE }));
  }

  /** A REST API hands a function's headers on as they are, so the function has to add those that browsers ask for. */
  private allowOrigins(target: LambdaFunction): void {
    if (this.props.cors) target.addEnvironment(ORIGINS, this.props.cors.origins.join(' '));
  }

  private integrate(target: IFunction): Integration {
    const path = `path/2015-03-31/functions/${target.functionArn}/invocations`;
    const { SLASH_RESOURCE_NAME: arnFormat } = ArnFormat;
    const arn = { service: 'apigateway', account: 'lambda', resource: path, arnFormat };
    const uri = Stack.of(this).formatArn(arn);
    return new Integration({ type: IntegrationType.AWS_PROXY, integrationHttpMethod: 'POST', uri });
  }

  private addKey({ monthlyQuota }: ApiKeyOptions): void {
    const name = serviceName(this.props.stage);
    const plan = this.api.addUsagePlan('Plan', {
      name,
      apiStages: [{ api: this.api, stage: this.stage }],
      ...(monthlyQuota && { quota: { limit: monthlyQuota, period: Period.MONTH } }),
    });
    const key = new ApiKey(this, 'Key', { apiKeyName: name });
    plan.addApiKey(key);
    const description = "A first API key; 'aws apigateway get-api-key --include-value --api-key ID' shows it";
    new CfnOutput(this, 'KeyId', { value: key.keyId, description });
  }

  private addDomain({ domainName, certificateArn }: ApiDomainOptions): string {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const [endpointType, securityPolicy] = [EndpointType.REGIONAL, SecurityPolicy.TLS_1_2];
    return this.api.addDomainName('Domain', { domainName, certificate, endpointType, securityPolicy })
      .domainNameAliasDomainName;
  }
}

function throttling(props: FrontProps): StageOptions {
  const { rate, burst } = throttleOf(props);
  return { throttlingRateLimit: rate, throttlingBurstLimit: burst };
}
