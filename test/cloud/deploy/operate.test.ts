import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StageStatus } from '#adapters/aws/stage-status.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';

const IRIS = join(REPOSITORY, 'examples', 'iris', 'model.onnx');
const here = { architecture: 'x86_64', packaging: 'zip', memory: 512 } as const;

let aws: EmulatedAws;
let project: Project;

interface Doctor {
  readonly ok: boolean;
  readonly checks: readonly { readonly check: string; readonly level: string; readonly text: string }[];
}

const status = async (): Promise<StageStatus> => JSON.parse(await project.onnward('status', '--json')) as StageStatus;
const doctor = async (): Promise<Doctor> => JSON.parse((await project.tryOnnward('doctor', '--json')).stdout) as Doctor;
const level = ({ checks }: Doctor, name: string) => checks.find(({ check }) => check === name)?.level;

beforeAll(async () => {
  aws = await EmulatedAws.start({ alarmSpeed: 100 });
  project = new Project(aws, 'project', { models: { iris: here, digits: here } });
});

afterAll(() => aws?.stop());

describe('status and doctor', () => {
  test('of an account where nothing is yet say what comes first', async () => {
    expect(await project.tryOnnward('status')).toMatchObject({
      status: 0,
      output: expect.stringContaining('onnward deploy'),
    });
    const found = await doctor();
    expect(found.ok).toBe(false);
    expect([level(found, 'bootstrap'), level(found, 'credentials'), level(found, 'stage')]).toEqual([
      'failure',
      'ok',
      'ok',
    ]);
    await project.cdk.bootstrap();
    expect(level(await doctor(), 'bootstrap')).toBe('ok');
  });

  test('of a stage tell what answers, and what does not yet', async () => {
    await project.onnward('register', 'iris', IRIS, '--alias', 'live');
    await project.onnward('deploy', '--yes');
    const { url, store, stacks, models, alarms } = await status();
    expect(url).toMatch(/^http/);
    expect(store).toBe('s3://onnward-dev-000000000000-us-east-1');
    expect(stacks.map(({ name, status: state }) => [name, state])).toEqual([
      ['onnward-dev-registry', 'CREATE_COMPLETE'],
      ['onnward-dev', 'CREATE_COMPLETE'],
    ]);
    expect(models.map(({ model, condition: { text } }) => [model, text])).toEqual([
      ['iris', 'serves version 1'],
      ['digits', 'answers 503: no version is live yet'],
    ]);
    expect(models.map(({ aspects }) => aspects.map(({ aspect, level: found, text }) => [aspect, found, text]))).toEqual(
      [
        [
          ['previous', 'ok', 'none: there is no version to go back to'],
          ['feedback', 'ok', 'off'],
        ],
        [],
      ],
    );
    expect(alarms.length).toBeGreaterThan(8);
    const found = await doctor();
    expect(found.ok).toBe(true);
    expect([level(found, 'model iris'), level(found, 'model digits')]).toEqual(['ok', 'warning']);
  });

  test('name an alarm that is raised', async () => {
    const client = new CloudWatchClient(aws.config);
    const Dimensions = [
      { Name: 'service', Value: 'onnward-dev' },
      { Name: 'model', Value: 'iris' },
    ];
    const failed = { MetricName: 'Errors', Dimensions, Value: 1, Unit: 'Count' } as const;
    const failing = setInterval(
      () => void client.send(new PutMetricDataCommand({ Namespace: 'Onnward', MetricData: [failed] })),
      200,
    );
    try {
      const raised = async () => expect(await project.onnward('status')).toMatch(/onnward-dev-iris-errors since \d/);
      await vi.waitFor(raised, { timeout: 60_000, interval: 500 });
      const found = await doctor();
      expect([found.ok, level(found, 'stage')]).toEqual([false, 'failure']);
    } finally {
      clearInterval(failing);
      client.destroy();
    }
  });

  test('see that somebody moved live by hand', async () => {
    const client = new LambdaClient(aws.config);
    const alias = { FunctionName: 'onnward-dev-iris', Name: 'live', FunctionVersion: '$LATEST' };
    await client.send(new UpdateAliasCommand(alias));
    client.destroy();
    const { models } = await status();
    expect(models[0]).toMatchObject({
      recorded: 1,
      condition: { level: 'warning', text: 'answers 503: no version is live yet', fix: 'Run `onnward deploy`.' },
    });
    await project.onnward('deploy', '--yes');
    expect((await status()).models[0]?.condition.text).toBe('serves version 1');
  });
});
