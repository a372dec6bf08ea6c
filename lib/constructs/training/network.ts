import { Fn, Stack, Token, Validations } from 'aws-cdk-lib';
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSecurityGroupIngress,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCEndpoint,
  CfnVPCGatewayAttachment,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ExistingNetwork } from './options.ts';

export interface TrainingNetworkProps {
  readonly stage: string;
  readonly network: 'public' | 'private' | ExistingNetwork;
  /** Jobs of several machines: their containers have addresses of their own, and never public ones. */
  readonly nodes: boolean;
}

/** Regions where an account may have two zones only. Source: the AWS guide "Regions and Availability Zones". */
const TWO_ZONES = ['us-west-1', 'cn-north-1'];

/** What machines of ECS need of AWS besides S3. Source: the ECS developer guide, "Amazon ECS interface VPC endpoints". */
const ENDPOINTS = ['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api', 'ecr.dkr', 'logs'];

/**
 * Where machines start: nothing outside can open a connection to them. A VPC of its own, or one that is there. Made of
 * plain resources, as CDK's own VPC asks an account for its zones while it synthesises.
 */
export class TrainingNetwork extends Construct {
  readonly subnetIds: readonly string[];
  /** Of machines that work alone: nothing may come in. */
  readonly aloneGroup: string;
  /** Of machines that work together: they reach each other. Undefined where there are none. */
  readonly nodesGroup: string | undefined;

  constructor(scope: Construct, id: string, { stage, network, nodes }: TrainingNetworkProps) {
    super(scope, id);
    const vpcId = typeof network === 'object' ? network.vpcId : this.addVpc(stage);
    this.aloneGroup = this.addGroup('Alone', vpcId, `Trainers of ${stage}: nothing comes in`);
    this.nodesGroup = nodes ? this.addNodesGroup(vpcId, stage) : undefined;
    this.subnetIds =
      typeof network === 'object'
        ? network.subnetIds
        : this.addSubnets(vpcId, network === 'public' ? 'way out' : 'none');
    if (network === 'private') this.addEndpoints(vpcId, ENDPOINTS);
    // Their machines have a public address; what runs on them in a container of its own network has none.
    if (network === 'public' && nodes) this.addEndpoints(vpcId, ['logs']);
  }

  private addVpc(stage: string): string {
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: '10.0.0.0/16',
      // Endpoints are found by the names that services have anyway.
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: [{ key: 'Name', value: `onnward-${stage}-training` }],
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'Flow logs are billed by the gigabyte; nothing can come in, and nothing but trainers runs there.',
    });
    return vpc.ref;
  }

  private addSubnets(vpcId: string, internet: 'way out' | 'none'): string[] {
    const { region } = Stack.of(this);
    const table = new CfnRouteTable(this, 'Routes', { vpcId });
    if (internet === 'way out') this.addWayOut(vpcId, table);
    // Free, and without limits: data, checkpoints and layers of images go by it.
    new CfnVPCEndpoint(this, 'S3', {
      vpcId,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [table.ref],
    });
    const zones = Token.isUnresolved(region) || TWO_ZONES.includes(region) ? 2 : 3;
    return Array.from({ length: zones }, (_, index) => {
      const subnet = new CfnSubnet(this, `Subnet${index}`, {
        vpcId,
        cidrBlock: `10.0.${index * 16}.0/20`,
        availabilityZone: Fn.select(index, Fn.getAzs()),
        // Without NAT, which costs by the hour, it is a machine's only way to AWS.
        mapPublicIpOnLaunch: internet === 'way out',
      });
      new CfnSubnetRouteTableAssociation(this, `SubnetRoutes${index}`, {
        subnetId: subnet.ref,
        routeTableId: table.ref,
      });
      return subnet.ref;
    });
  }

  private addWayOut(vpcId: string, { ref: routeTableId }: CfnRouteTable): void {
    const gateway = new CfnInternetGateway(this, 'Internet');
    const attached = new CfnVPCGatewayAttachment(this, 'InternetAttached', { vpcId, internetGatewayId: gateway.ref });
    const route = { routeTableId, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.ref };
    new CfnRoute(this, 'Out', route).addResourceDependency(attached);
  }

  /** In one zone, which all others reach: an endpoint is paid for by the zone. */
  private addEndpoints(vpcId: string, services: readonly string[]): void {
    const groups = [this.aloneGroup, ...(this.nodesGroup === undefined ? [] : [this.nodesGroup])];
    const group = this.addGroup('Endpoints', vpcId, 'Endpoints of AWS: trainers come in, by TLS');
    for (const [index, sourceSecurityGroupId] of groups.entries()) {
      new CfnSecurityGroupIngress(this, `EndpointsFrom${index}`, {
        groupId: group,
        sourceSecurityGroupId,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: 'Trainers',
      });
    }
    for (const service of services) {
      new CfnVPCEndpoint(this, `Endpoint-${service}`, {
        vpcId,
        serviceName: `com.amazonaws.${Stack.of(this).region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: this.subnetIds.slice(0, 1),
        securityGroupIds: [group],
      });
    }
  }

  private addNodesGroup(vpcId: string, stage: string): string {
    const group = this.addGroup('Nodes', vpcId, `Trainers of ${stage} that work together: from each other alone`);
    new CfnSecurityGroupIngress(this, 'NodesFromNodes', {
      groupId: group,
      sourceSecurityGroupId: group,
      ipProtocol: '-1',
      description: 'Machines of the same kind: any port, as collective operations choose theirs',
    });
    return group;
  }

  private addGroup(id: string, vpcId: string, groupDescription: string): string {
    const group = new CfnSecurityGroup(this, id, {
      vpcId,
      groupDescription,
      securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'Images, data and logs' }],
    });
    return group.attrGroupId;
  }
}
