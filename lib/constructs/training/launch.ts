import { Fn } from 'aws-cdk-lib';
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface LaunchOptions {
  /** GB of the disk. */
  readonly volumeSize: number;
}

/** Seconds between SIGTERM and SIGKILL: SageMaker's, and as long as a spot machine is told before. */
export const STOP_SECONDS = 120;

/**
 * What the agent of ECS goes by, besides what AWS Batch tells it. Source: the ECS developer guide, "Amazon ECS container
 * agent configuration".
 */
const AGENT = {
  // A machine that is about to be taken gets no new job.
  ECS_ENABLE_SPOT_INSTANCE_DRAINING: 'true',
  ECS_CONTAINER_STOP_TIMEOUT: `${STOP_SECONDS}s`,
  // Logs are written by the execution role, which may write one log: the machine's own role may write none.
  ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE: 'true',
  // Containers with addresses of their own do not get the machine's role. Those without share its network, and could.
  ECS_AWSVPC_BLOCK_IMDS: 'true',
};

const BOUNDARY = '==ONNWARD==';

/** AWS Batch adds its own to it, and takes it only so. Source: its user guide, "Amazon EC2 user data in launch templates". */
const USER_DATA = [
  'MIME-Version: 1.0',
  `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
  '',
  `--${BOUNDARY}`,
  'Content-Type: text/x-shellscript; charset="us-ascii"',
  '',
  '#!/bin/bash',
  ...Object.entries(AGENT).map(([name, value]) => `echo '${name}=${value}' >> /etc/ecs/ecs.config`),
  '',
  `--${BOUNDARY}--`,
  '',
].join('\n');

/** How machines start: with a disk of their own, encrypted, and the second version of the metadata service alone. */
export function addLaunchTemplate(scope: Construct, { volumeSize }: LaunchOptions): CfnLaunchTemplate {
  return new CfnLaunchTemplate(scope, 'Machines', {
    launchTemplateData: {
      userData: Fn.base64(USER_DATA),
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1, httpEndpoint: 'enabled' },
      blockDeviceMappings: [
        {
          // The root of Amazon Linux 2023. By the key that AWS manages: with another one machines do not start unless EC2's own roles may use it.
          deviceName: '/dev/xvda',
          ebs: { volumeSize, volumeType: 'gp3', encrypted: true, deleteOnTermination: true },
        },
      ],
    },
  });
}
