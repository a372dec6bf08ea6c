import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Executions } from '#adapters/aws/executions.ts';

const WORKFLOW = 'arn:aws:states:eu-west-1:111122223333:stateMachine:onnward-dev--batch';
const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:onnward-dev--batch:e-1';

type Body = Record<string, unknown>;
interface Answer {
  readonly status?: number;
  readonly body: Body;
}

let asked: { action: string; body: Body }[];
let answer: (action: string, body: Body) => Answer;
let executions: Executions;
let stop: () => Promise<void>;

/** Answers as Step Functions does, in what a test lets it say. */
beforeEach(async () => {
  asked = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as Body;
      const action = String(request.headers['x-amz-target']).replace('AWSStepFunctions.', '');
      asked.push({ action, body });
      const { status = 200, body: said } = answer(action, body);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(said));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  executions = new Executions('eu-west-1');
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});

afterEach(async () => {
  executions.close();
  vi.unstubAllEnvs();
  await stop();
});

const refusal = (type: string, message: string, status = 400): Answer => ({ status, body: { __type: type, message } });

test('an execution is started with its input as JSON', async () => {
  answer = () => ({ body: { executionArn: EXECUTION, startDate: 1_700_000_000 } });
  const request = { model: 'iris', inputs: ['s3://b/ä +.csv'] };
  expect(await executions.start(WORKFLOW, request)).toBe(EXECUTION);
  expect(asked.map(({ action }) => action)).toEqual(['StartExecution']);
  expect(asked[0]!.body).toEqual({ stateMachineArn: WORKFLOW, input: JSON.stringify(request) });
});

describe('an execution that is started once', () => {
  test('is started under its name', async () => {
    answer = () => ({ body: { executionArn: EXECUTION, startDate: 1 } });
    expect(await executions.startOnce(WORKFLOW, 'deployed-1', { model: 'iris:1' })).toBe(true);
    expect(asked[0]!.body).toEqual({ stateMachineArn: WORKFLOW, name: 'deployed-1', input: '{"model":"iris:1"}' });
  });

  test('is not started again, with whatever input', async () => {
    answer = () => refusal('ExecutionAlreadyExists', "Execution Already Exists: 'deployed-1'");
    expect(await executions.startOnce(WORKFLOW, 'deployed-1', {})).toBe(false);
  });

  test('is no guess where AWS refuses for another reason', async () => {
    answer = () => refusal('AccessDeniedException', 'User: x is not authorized to perform: states:StartExecution');
    await expect(executions.startOnce(WORKFLOW, 'deployed-1', {})).rejects.toMatchObject({ code: 'aws.access_denied' });
  });
});

describe('the state of an execution', () => {
  test('is its status', async () => {
    answer = () => ({ body: { executionArn: EXECUTION, status: 'RUNNING', startDate: 1 } });
    expect(await executions.state(EXECUTION)).toEqual({ status: 'RUNNING' });
  });

  test('has what ended it', async () => {
    answer = () => ({ body: { status: 'FAILED', error: 'Onnward.Unfinished', cause: 'Rows are pending.' } });
    expect(await executions.state(EXECUTION)).toEqual({
      status: 'FAILED',
      error: 'Onnward.Unfinished',
      cause: 'Rows are pending.',
    });
  });
});

describe('the state of an execution by its name', () => {
  test('is asked for by its workflow', async () => {
    answer = () => ({ body: { status: 'TIMED_OUT' } });
    expect(await executions.stateOf(WORKFLOW, 'e-1')).toEqual({ status: 'TIMED_OUT' });
    expect(asked).toEqual([{ action: 'DescribeExecution', body: { executionArn: EXECUTION } }]);
  });

  test('is undefined where AWS knows none', async () => {
    answer = () => refusal('ExecutionDoesNotExist', 'Execution Does Not Exist');
    expect(await executions.stateOf(WORKFLOW, 'e-1')).toBeUndefined();
  });

  test('is no guess where AWS refuses to tell', async () => {
    answer = () => refusal('AccessDeniedException', 'User: x is not authorized to perform: states:DescribeExecution');
    await expect(executions.stateOf(WORKFLOW, 'e-1')).rejects.toMatchObject({ code: 'aws.access_denied' });
  });
});

describe('the answer of a state', () => {
  const exited = (name: string, output: string) => ({
    timestamp: 1,
    type: 'TaskStateExited',
    id: 1,
    stateExitedEventDetails: { name, output },
  });

  test('is what it left with, also on a later page', async () => {
    answer = (_, { nextToken }) =>
      nextToken === undefined
        ? { body: { events: [{ timestamp: 1, type: 'ExecutionStarted', id: 1 }], nextToken: 'more' } }
        : { body: { events: [exited('plan', '{"state":"done","job":"j"}')] } };
    expect(await executions.answerOf(EXECUTION, 'plan')).toEqual({ state: 'done', job: 'j' });
    expect(asked).toHaveLength(2);
  });

  test('is undefined before it has left', async () => {
    answer = () => ({ body: { events: [exited('another', '{}')] } });
    expect(await executions.answerOf(EXECUTION, 'plan')).toBeUndefined();
  });
});

test('an execution is stopped with a reason', async () => {
  answer = () => ({ body: { stopDate: 1 } });
  await executions.stop(EXECUTION, { error: 'Onnward.Cancelled', cause: 'ada' });
  expect(asked[0]).toEqual({
    action: 'StopExecution',
    body: { executionArn: EXECUTION, error: 'Onnward.Cancelled', cause: 'ada' },
  });
});

describe('what AWS refuses', () => {
  const ways: [string, () => Promise<unknown>, string, string][] = [
    ['a start', () => executions.start(WORKFLOW, {}), 'states:StartExecution', 'workflow onnward-dev--batch'],
    ['a look', () => executions.state(EXECUTION), 'states:DescribeExecution', 'execution e-1'],
    ['the history', () => executions.answerOf(EXECUTION, 'plan'), 'states:GetExecutionHistory', 'execution e-1'],
    ['a stop', () => executions.stop(EXECUTION, { error: 'e', cause: 'c' }), 'states:StopExecution', 'execution e-1'],
  ];

  test.each(ways)('is said with the permission that it takes: %s', async (_, ask, action, resource) => {
    answer = () => refusal('AccessDeniedException', `User: x is not authorized to perform: ${action}`);
    await expect(ask()).rejects.toMatchObject({
      code: 'aws.access_denied',
      message: expect.stringContaining(resource) as string,
      fix: `Allow ${action} to whom the credentials belong.`,
    });
  });

  test('because there is no such workflow is no crash', async () => {
    answer = () => refusal('StateMachineDoesNotExist', 'State Machine Does Not Exist');
    await expect(executions.start(WORKFLOW, {})).rejects.toMatchObject({
      code: 'aws.failed',
      message: expect.stringContaining('StateMachineDoesNotExist') as string,
    });
  });
});
