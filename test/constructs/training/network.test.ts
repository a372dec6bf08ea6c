import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { all, IMAGE, synthTraining } from './synth-training.ts';

const INTERFACE = { VpcEndpointType: 'Interface' };
const endpoints = (template: Template): string[] =>
  all<{ VpcEndpointType: string; ServiceName: unknown }>(template, 'AWS::EC2::VPCEndpoint').map(
    ({ VpcEndpointType, ServiceName }) =>
      `${VpcEndpointType} ${/([a-z][a-z0-9-]*(\.(api|dkr))?)"/.exec(JSON.stringify(ServiceName).replace(/^.*(eu-west-1|AWS::Region"\},")\.?/, ''))?.[1]}`,
  );
const ingress = (template: Template) => all<object>(template, 'AWS::EC2::SecurityGroupIngress');
const nodes = { iris: { image: IMAGE, instances: 2 } };

describe('the network of trainings', () => {
  const template = synthTraining({ region: 'eu-west-1' });

  test('is one of its own, with a way out and none in', () => {
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.hasResourceProperties('AWS::EC2::VPC', { EnableDnsHostnames: true, EnableDnsSupport: true });
    template.hasResourceProperties('AWS::EC2::Route', {
      DestinationCidrBlock: '0.0.0.0/0',
      GatewayId: { Ref: Match.stringLikeRegexp('Internet') },
    });
    expect(ingress(template)).toEqual([]);
    for (const group of all<object>(template, 'AWS::EC2::SecurityGroup'))
      expect(group).not.toHaveProperty('SecurityGroupIngress');
  });

  test('costs nothing while nothing trains: no NAT, no endpoint but that of S3', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
    expect(endpoints(template)).toEqual(['Gateway s3']);
  });

  test('has machines with addresses of their own, in three zones', () => {
    const subnets = all<{ MapPublicIpOnLaunch: boolean; CidrBlock: string; AvailabilityZone: unknown }>(
      template,
      'AWS::EC2::Subnet',
    );
    expect(subnets.map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([true, true, true]);
    expect(new Set(subnets.map(({ CidrBlock }) => CidrBlock)).size).toBe(3);
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      [0, 1, 2].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })),
    );
    template.resourceCountIs('AWS::EC2::SubnetRouteTableAssociation', 3);
  });

  test.each([['us-west-1'], [undefined]])('has two where there may be no more: %s', (region) => {
    const options = region === undefined ? {} : { region };
    synthTraining(options).resourceCountIs('AWS::EC2::Subnet', 2);
  });
});

describe('a private network', () => {
  const template = synthTraining({ network: 'private', region: 'eu-west-1' });

  test('has no way to the internet', () => {
    for (const type of ['InternetGateway', 'Route', 'NatGateway']) template.resourceCountIs(`AWS::EC2::${type}`, 0);
    for (const { MapPublicIpOnLaunch } of all<{ MapPublicIpOnLaunch: boolean }>(template, 'AWS::EC2::Subnet')) {
      expect(MapPublicIpOnLaunch).toBe(false);
    }
  });

  test('has what AWS Batch needs, each in one zone', () => {
    expect(endpoints(template)).toEqual([
      'Gateway s3',
      ...['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api', 'ecr.dkr', 'logs'].map((service) => `Interface ${service}`),
    ]);
    template.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcId: Match.anyValue() });
    for (const endpoint of Object.values(template.findResources('AWS::EC2::VPCEndpoint', { Properties: INTERFACE }))) {
      const { PrivateDnsEnabled, SubnetIds } = endpoint['Properties'] as {
        PrivateDnsEnabled: boolean;
        SubnetIds: unknown[];
      };
      expect([PrivateDnsEnabled, SubnetIds.length]).toEqual([true, 1]);
    }
  });

  test('lets trainers in to its endpoints by TLS alone', () => {
    expect(ingress(template)).toEqual([
      expect.objectContaining({
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
        SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringContaining('Alone'), 'GroupId'] },
        GroupId: { 'Fn::GetAtt': [expect.stringContaining('Endpoints'), 'GroupId'] },
      }),
    ]);
  });
});

describe('several machines at once', () => {
  const template = synthTraining({ models: nodes });

  test('reach each other, and nobody else reaches them', () => {
    const group = { 'Fn::GetAtt': [expect.stringContaining('Nodes'), 'GroupId'] };
    expect(ingress(template).filter((rule) => !('FromPort' in rule))).toEqual([
      expect.objectContaining({ IpProtocol: '-1', GroupId: group, SourceSecurityGroupId: group }),
    ]);
  });

  test('have logs without the internet, as their containers have no public address', () => {
    expect(endpoints(template)).toEqual(['Gateway s3', 'Interface logs']);
    expect(ingress(template)).toHaveLength(3);
  });

  test('need no endpoint more in a private network', () => {
    expect(endpoints(synthTraining({ models: nodes, network: 'private' }))).toHaveLength(7);
  });
});

test('a network that is there is used as it is', () => {
  const network = { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] };
  const template = synthTraining({ network });
  for (const type of ['VPC', 'Subnet', 'VPCEndpoint', 'InternetGateway'])
    template.resourceCountIs(`AWS::EC2::${type}`, 0);
  template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-1', SecurityGroupIngress: Match.absent() });
  template.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
    ComputeResources: Match.objectLike({ Subnets: ['subnet-1', 'subnet-2'] }),
  });
});
