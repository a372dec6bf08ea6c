import {
  BatchClient,
  type ContainerProperties,
  CreateComputeEnvironmentCommand,
  type CreateComputeEnvironmentCommandInput,
  CreateJobQueueCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { EmulatedBatch } from '../support/batch.ts';
import { Cdk, type Outputs } from '../support/cdk.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { eventually } from '../support/eventually.ts';
import { ministackPython, REPOSITORY } from '../support/programs.ts';
import { assumeRole } from '../support/role.ts';

const APP = 'node test/cloud/apps/batch-probe.ts';
const LOG = '/batch-probe';

let aws: EmulatedAws;
let batch: EmulatedBatch;
let outputs: Outputs[string];

beforeAll(async () => {
  aws = await EmulatedAws.start();
  batch = prepared(aws);
  const cdk = new Cdk(aws, { app: APP });
  await cdk.bootstrap();
  outputs = (await cdk.deploy())['batch-probe'] ?? {};
});

afterAll(async () => {
  batch?.close();
  await aws?.stop();
});

/** Its one image runs what the variable SCRIPT says. */
function prepared(emulated: EmulatedAws): EmulatedBatch {
  const found = new EmulatedBatch(emulated);
  found.image('probe', { entrypoint: ['sh', '-c', 'eval "$SCRIPT"'], cwd: REPOSITORY });
  found.speed(60);
  return found;
}

const script = (value: string) => [{ name: 'SCRIPT', value }];

const one = (value: string, more: object = {}) =>
  batch.submit({ jobQueue: 'spot', jobDefinition: 'one', containerOverrides: { environment: script(value) }, ...more });

/** `scripts` by the name of the container. */
const several = (scripts: Record<string, string>) => {
  const containers = Object.entries(scripts).map(([name, value]) => ({ name, environment: script(value) }));
  const ecsPropertiesOverride = { taskProperties: [{ containers }] };
  return batch.submit({ jobQueue: outputs?.['spotArn'], jobDefinition: 'several', ecsPropertiesOverride });
};

const containersOf = async (id: string) => {
  const { ecsProperties } = await batch.ended(id);
  const containers = ecsProperties?.taskProperties?.[0]?.containers ?? [];
  return Object.fromEntries(containers.map(({ name = '', exitCode, reason }) => [name, { exitCode, reason }]));
};

/** Ends as the trainer does, once it has. */
const AGENT = `'${process.execPath}' -e "
  const look = async () => {
    const { Containers } = await (await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task')).json();
    const { KnownStatus, ExitCode } = Containers.find(({ Name }) => Name === 'trainer');
    if (KnownStatus === 'STOPPED') process.exit(ExitCode); else setTimeout(look, 50);
  };
  look();"`;

describe("the emulator's AWS Batch", () => {
  test('decides by the rules of AWS', () => {
    const cwd = join(REPOSITORY, 'test', 'cloud', 'ministack');
    execFileSync(ministackPython(), ['-B', '-m', 'unittest', 'test_batch'], { cwd, stdio: 'pipe' });
  });

  test('makes a revision of each change of a definition, and uses the latest', async () => {
    expect(outputs?.['OneArn']).toMatch(/:job-definition\/one:1$/);
    const changed = new Cdk(aws, { app: APP, context: { command: 'good evening' } });
    expect((await changed.deploy())['batch-probe']?.['OneArn']).toMatch(/:job-definition\/one:2$/);
    const command = new DescribeJobDefinitionsCommand({ jobDefinitionName: 'one' });
    const { jobDefinitions = [] } = await batch.client.send(command);
    expect(jobDefinitions.map(({ revision, status }) => [revision, status])).toEqual([
      [1, 'INACTIVE'],
      [2, 'ACTIVE'],
    ]);
    const { jobDefinition } = await batch.job(await one('true'));
    expect(jobDefinition).toMatch(/one:2$/);
    await expect(one('true', { jobDefinition: 'one:1' })).rejects.toThrow(/one:1 does not exist or is not active/);
  });

  test('refuses what AWS would, and what it does not know', async () => {
    await expect(one('true', { jobQueue: 'none' })).rejects.toThrow(/JobQueue none not found/);
    await expect(one('true', { jobName: 'a b' })).rejects.toThrow(/Job name/);
    await expect(one('true', { arrayProperties: { size: 2 } })).rejects.toThrow(/not known to this emulator/);
    await expect(one('true', { jobQueue: 'spot', jobDefinition: 'nodes' })).rejects.toThrow(/Spot/);
  });

  test('lets a role submit what its policies say', async () => {
    const held = await assumeRole(aws, 'batch-probe-submitter');
    const credentials = {
      accessKeyId: held['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: held['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: held['AWS_SESSION_TOKEN'] ?? '',
    };
    const client = new BatchClient({ ...aws.config, credentials });
    onTestFinished(() => client.destroy());
    const containerOverrides = { environment: script('true') };
    const submit = (jobQueue: string, jobDefinition: string, more: object = {}) =>
      client.send(new SubmitJobCommand({ jobName: 'job', jobQueue, jobDefinition, containerOverrides, ...more }));
    const { jobId = '' } = await submit('spot', 'one');
    await batch.ended(jobId);
    await expect(submit('spot', 'several')).rejects.toThrow(/not authorized to perform: batch:SubmitJob/);
    await expect(submit('nodes', 'one')).rejects.toThrow(/not authorized to perform: batch:SubmitJob/);
    await expect(submit('spot', 'one', { tags: { a: 'b' } })).rejects.toThrow(/not authorized.*batch:TagResource/);
  });
});

describe('a job of one container', () => {
  test('runs with its variables, volume and shared memory, and is said to have succeeded', async () => {
    const id = await one(
      'echo "$GREETING, $AWS_BATCH_JOB_ID, $AWS_BATCH_JOB_ATTEMPT, $AWS_BATCH_JQ_NAME, ${AWS_REGION-no region}";' +
        'touch /opt/ml/left; ls /opt/ml; df -k --output=size /dev/shm | tail -1; grep -acz waitstatus /proc/1/cmdline',
    );
    const job = await batch.ended(id);
    expect(job).toMatchObject({ status: 'SUCCEEDED', statusReason: 'Essential container in task exited' });
    expect(job.container).toMatchObject({ exitCode: 0, image: 'probe:1' });
    expect(job.startedAt).toBeLessThanOrEqual(job.stoppedAt ?? 0);
    await batch.said(id, LOG, '7168');
    const [greeting, left] = await batch.log(id, LOG);
    expect([greeting, left]).toEqual([`good day, ${id}, 1, spot, no region`, 'left']);
    expect(existsSync('/opt/ml/left')).toBe(false);
    expect(readdirSync(join(aws.folder, 'batch'))).toEqual([]);
  });

  test('has the credentials of its role, and no more permissions', async () => {
    const ask = `
      const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
      const { S3Client, CreateBucketCommand } = require('@aws-sdk/client-s3');
      const region = 'us-east-1';
      new STSClient({ region }).send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log(Arn))
        .then(() => new S3Client({ region, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'mine' })))
        .catch(({ name }) => console.log(name));`;
    const id = await one(`'${process.execPath}' -e "${ask}"`);
    await batch.ended(id);
    await batch.said(id, LOG, 'assumed-role/batch-probe/');
    await batch.said(id, LOG, 'AccessDenied');
  });

  test('that fails is not begun again', async () => {
    const job = await batch.ended(await one('exit 3'));
    expect(job).toMatchObject({ status: 'FAILED', container: { exitCode: 3 } });
    expect(job.attempts).toHaveLength(1);
  });

  test('whose host goes away begins anew on another one', async () => {
    const id = await one('ls /opt/ml; touch /opt/ml/here; echo begun; [ "$AWS_BATCH_JOB_ATTEMPT" = 2 ] || sleep 60');
    await batch.said(id, LOG, 'begun');
    await batch.loseHost(id);
    const { status, attempts = [], container } = await batch.ended(id);
    expect(status).toBe('SUCCEEDED');
    const reasons = attempts.map(({ statusReason }) => statusReason);
    expect(reasons).toEqual([
      expect.stringMatching(/^Host EC2 \(instance i-\w+\) terminated\.$/),
      'Essential container in task exited',
    ]);
    expect(attempts[0]?.container).not.toHaveProperty('exitCode');
    expect(attempts[0]?.container?.logStreamName).not.toBe(container?.logStreamName);
    expect(await batch.log(id, LOG)).toEqual(['begun']);
  });

  test('is ended by its time limit, for good', async () => {
    const job = await batch.ended(await one('sleep 60', { timeout: { attemptDurationSeconds: 60 } }));
    expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Job attempt duration exceeded timeout' });
    expect(job.attempts).toHaveLength(1);
  });

  test('waits for a machine, and says why', async () => {
    const reason = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - no g5.xlarge';
    batch.noCapacity(reason);
    batch.noEnvironments('CLIENT_ERROR - your current vCPU limit of 0');
    const [waiting, given] = [await one('true'), await one('true', { jobName: 'given-up' })];
    await eventually('the reason', async () => ((await batch.job(waiting)).statusReason === reason ? true : undefined));
    expect(await batch.job(waiting)).toMatchObject({ status: 'RUNNABLE', attempts: [] });
    await batch.terminate(given, 'changed our mind');
    expect(await batch.ended(given)).toMatchObject({ status: 'FAILED', statusReason: 'changed our mind' });
    batch.noCapacity(undefined);
    batch.noEnvironments(undefined);
    expect(await batch.ended(waiting)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await batch.jobs('spot', 'GIVEN*')).map(({ jobId }) => jobId)).toEqual([given]);
  });

  test('whose image or log is not there fails, and says so', async () => {
    batch.image('probe', { entrypoint: ['sh', '-c', 'eval "$SCRIPT"'], cwd: '/not-there' });
    onTestFinished(() => prepared(aws).close());
    const { container } = await batch.ended(await one('true'));
    expect(container?.reason).toMatch(/^CannotStartContainerError: .*not-there/);
    const noLog = await batch.ended(await one('true', { jobDefinition: 'no-log' }));
    expect(noLog.container?.reason).toMatch(/log group does not exist: \/not-there/);
  });
});

describe('a job of several containers', () => {
  test('starts them in their order, and is what its essential container makes of it', async () => {
    const id = await several({
      fetch: 'echo data >/opt/ml/data',
      trainer: 'cat /opt/ml/data; exit 4',
      agent: AGENT,
    });
    expect(await batch.ended(id)).toMatchObject({ status: 'FAILED', attempts: [{ taskProperties: [{}] }] });
    expect(await containersOf(id)).toMatchObject({
      fetch: { exitCode: 0 },
      trainer: { exitCode: 4 },
      agent: { exitCode: 4 },
    });
    expect(await batch.said(id, LOG, 'data', 'trainer')).toBe('data');
  });

  test('goes on where one that is not essential fails, and never starts what depended on its success', async () => {
    const id = await several({ fetch: 'exit 1', trainer: 'echo begun', agent: `${AGENT} || echo it failed` });
    expect(await batch.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
    const { trainer, agent } = await containersOf(id);
    expect(trainer).toEqual({ exitCode: 143, reason: expect.stringContaining('CannotStartContainerError') });
    expect(agent).toMatchObject({ exitCode: 0 });
  });

  test('that is terminated asks the trainer to end first, and the agent when it has', async () => {
    const id = await several({
      fetch: 'true',
      trainer: "trap 'echo saving; sleep 0.3; date +%s%N; exit 9' TERM; echo begun; while :; do sleep 0.05; done",
      agent: "trap 'date +%s%N; exit 5' TERM; while :; do sleep 0.05; done",
    });
    await batch.said(id, LOG, 'begun', 'trainer');
    await batch.terminate(id, 'enough');
    expect(await batch.ended(id)).toMatchObject({ status: 'FAILED', statusReason: 'enough', isTerminated: true });
    expect(await containersOf(id)).toMatchObject({ trainer: { exitCode: 9 }, agent: { exitCode: 5 } });
    const times = await eventually('both times', async () => {
      const found = await Promise.all(['trainer', 'agent'].map((name) => batch.log(id, LOG, name)));
      const last = found.map((lines) => BigInt(lines.at(-1)?.match(/^\d+$/)?.[0] ?? 0));
      return last.every(Boolean) ? last : undefined;
    });
    expect(times[0]).toBeLessThan(times[1] ?? 0n);
  });

  test('kills what does not end in time: process 1 ignores a signal that it does not handle', async () => {
    const id = await several({ fetch: 'true', trainer: 'true', agent: 'echo begun; exec sleep 60' });
    await batch.said(id, LOG, 'begun', 'agent');
    await batch.terminate(id, 'enough');
    expect(await containersOf(id)).toMatchObject({ agent: { exitCode: 137 } });
  });

  test('is asked to end where a notice comes before its host goes', async () => {
    const handled = "trap 'echo saving; exit 0' TERM; echo begun; while :; do sleep 0.05; done";
    const id = await several({ fetch: 'true', trainer: handled, agent: 'exec sleep 60' });
    await batch.said(id, LOG, 'begun', 'trainer');
    await batch.loseHost(id, 0.5);
    const { statusReason } = await batch.ended(id);
    expect(statusReason).toMatch(/^Host EC2/);
    expect(await containersOf(id)).toMatchObject({ trainer: { exitCode: 0 }, agent: { exitCode: undefined } });
    await batch.said(id, LOG, 'saving', 'trainer');
  });
});

test('nodes have addresses of their own, and reach each other', async () => {
  const node = (code: string) => `exec '${process.execPath}' -e "${code}"`;
  const served = "const { createServer } = require('node:net');";
  const main = `${served} createServer((socket) => socket.end(socket.remoteAddress, () => process.exit())).listen(7000, '0.0.0.0')`;
  const asked = `const look = () => require('node:net').connect(7000, process.env.AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS)
    .on('data', (told) => console.log('seen as ' + told)).on('error', () => setTimeout(look, 50)); look();`;
  const nodePropertyOverrides = [
    { targetNodes: '0', containerOverrides: { environment: script(node(main)) } },
    { targetNodes: '1', containerOverrides: { environment: script(node(asked)) } },
  ];
  const id = await batch.submit({
    jobQueue: 'nodes',
    jobDefinition: 'nodes',
    nodeOverrides: { nodePropertyOverrides },
  });
  expect(await batch.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
  await batch.said(`${id}#1`, LOG, 'seen as 10.77.0.11');
});

test('a job of several nodes is one for each, and ends with the main one', async () => {
  const main = 'touch /opt/ml/$AWS_BATCH_JOB_NODE_INDEX; sleep 0.3; ls /opt/ml; env | sort | grep AWS_BATCH_JOB_';
  const say = 'touch /opt/ml/$AWS_BATCH_JOB_NODE_INDEX; env | sort | grep ^AWS_BATCH_JOB_; exec sleep 60';
  const nodePropertyOverrides = [
    { targetNodes: '0', containerOverrides: { environment: script(main) } },
    { targetNodes: '1:', containerOverrides: { environment: script(say) } },
  ];
  const nodeOverrides = { numNodes: 3, nodePropertyOverrides };
  const id = await batch.submit({ jobQueue: 'nodes', jobDefinition: 'nodes', nodeOverrides });
  expect(await batch.ended(id)).toMatchObject({ status: 'SUCCEEDED', nodeProperties: { numNodes: 3 } });
  const { container, nodeDetails } = await batch.job(`${id}#2`);
  expect([container?.exitCode, nodeDetails]).toEqual([137, { nodeIndex: 2, isMainNode: false }]);
  await batch.said(`${id}#2`, LOG, 'AWS_BATCH_JOB_NUM_NODES=3');
  expect(await batch.log(`${id}#2`, LOG)).toEqual([
    'AWS_BATCH_JOB_ATTEMPT=1',
    `AWS_BATCH_JOB_ID=${id}#2`,
    'AWS_BATCH_JOB_MAIN_NODE_INDEX=0',
    'AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS=10.77.0.10',
    'AWS_BATCH_JOB_NODE_INDEX=2',
    'AWS_BATCH_JOB_NUM_NODES=3',
  ]);
  await batch.said(`${id}#0`, LOG, 'AWS_BATCH_JOB_NUM_NODES=3');
  expect((await batch.log(`${id}#0`, LOG)).filter((line) => !line.includes('='))).toEqual(['0']);
});

test('nothing of a job outlives the emulator', async () => {
  const other = await EmulatedAws.start();
  const there = prepared(other);
  onTestFinished(() => there.close());
  await queueOf(there);
  const marker = `outlives-${process.pid}`;
  const hiding = `setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done; : ${marker}' & echo begun; wait`;
  const containerOverrides = { environment: script(hiding) };
  const id = await there.submit({ jobQueue: 'spot', jobDefinition: 'one', containerOverrides });
  await there.said(id, LOG, 'begun');
  expect(marked(marker)).toBe(true);
  await other.stop();
  expect(marked(marker)).toBe(false);
});

/** A queue and a definition of the least that there can be. */
async function queueOf({ client }: EmulatedBatch): Promise<void> {
  const environment: CreateComputeEnvironmentCommandInput = {
    computeEnvironmentName: 'spot',
    type: 'MANAGED',
    computeResources: { type: 'EC2', maxvCpus: 1, subnets: [] },
  };
  await client.send(new CreateComputeEnvironmentCommand(environment));
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'spot' }];
  await client.send(new CreateJobQueueCommand({ jobQueueName: 'spot', priority: 1, computeEnvironmentOrder }));
  const containerProperties: ContainerProperties = {
    image: 'probe',
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '512' },
    ],
    logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': LOG, 'awslogs-create-group': 'true' } },
  };
  const definition = { jobDefinitionName: 'one', type: 'container', containerProperties } as const;
  await client.send(new RegisterJobDefinitionCommand(definition));
}

/** Whether a process of this machine has these words in its command line. */
const marked = (words: string): boolean =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(words);
      } catch {
        return false;
      }
    });

test('destroying the stack ends its jobs', async () => {
  const id = await one('echo begun; sleep 60');
  await batch.said(id, LOG, 'begun');
  await new Cdk(aws, { app: APP }).destroy();
  await eventually('the end of the job', async () =>
    readdirSync(join(aws.folder, 'batch')).length === 0 ? true : undefined,
  );
  const { jobQueues } = await batch.client.send(new DescribeJobQueuesCommand({}));
  expect(jobQueues).toEqual([]);
});
