import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cdk } from './support/cdk.ts';
import { attempt, run } from './support/child.ts';
import { EmulatedAws } from './support/emulated-aws.ts';
import { emulatedUrl } from './support/endpoints.ts';
import { eventually } from './support/eventually.ts';
import { listenersOf } from './support/listeners.ts';
import { REPOSITORY } from './support/programs.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const ended = (pid: number) => eventually(`the end of ${pid}`, async () => (isAlive(pid) ? undefined : true), 15);

describe('a child', () => {
  const env = { PATH: process.env['PATH'] ?? '' };

  it('that fails says all that it said', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 3';
    await expect(run(['-e', script], { env })).rejects.toThrow(/ended with 3:\n(out\nerr|err\nout)/);
  });

  it('that hangs is killed with its own children', async () => {
    const script = "console.log(require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).pid)";
    const { status, stdout } = await attempt(['-e', `${script}; setInterval(() => {}, 1000)`], { env, timeout: 2000 });
    expect(status).toBeNull();
    await ended(Number(stdout));
  });
});

describe('the emulated AWS', () => {
  it('is on the loopback alone, and leaves nothing behind, not even a function that hangs', async () => {
    const aws = await EmulatedAws.start();
    onTestFinished(() => aws.stop());
    const cdk = new Cdk(aws, { app: 'node test/cloud/apps/probe.ts' });
    await cdk.bootstrap();
    await cdk.deploy();
    const client = new LambdaClient({ ...aws.config, maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    const hanging = client.send(new InvokeCommand({ FunctionName: 'probe', Payload: '{"wait":9000}' })).catch(String);
    await eventually('a worker', async () =>
      aws.log(100_000).includes('worker spawned for probe') ? true : undefined,
    );
    const addresses = listenersOf(aws.pid);
    expect(addresses).toEqual([expect.stringMatching(/^0100007F:/)]);
    const group = aws.pid;
    await aws.stop();
    await hanging;
    await ended(-group);
    expect(existsSync(aws.folder)).toBe(false);
  });

  it('ends when the process that started it is killed', async () => {
    const module = join(REPOSITORY, 'test', 'cloud', 'support', 'emulated-aws.ts');
    const script = `import(${JSON.stringify(module)}).then(async ({ EmulatedAws }) => {
      const aws = await EmulatedAws.start(); console.log(aws.pid); console.log(aws.folder); setInterval(() => {}, 1000); })`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const lines = async () => (output.split('\n').length > 2 ? output.split('\n') : undefined);
    const [pid, folder = ''] = await eventually('its start', lines);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    child.kill('SIGKILL');
    await ended(-Number(pid));
  });
});

describe('the address of an API', () => {
  const aws = { endpoint: 'http://127.0.0.1:4566' } as EmulatedAws;

  it('is made of what the stacks say of it', () => {
    const http = 'http://127.0.0.1:4566/_aws/execute-api/abc/$default/';
    expect(emulatedUrl(aws, 'https://abc.execute-api.us-east-1.amazonaws.com')).toBe(http);
    expect(emulatedUrl(aws, 'http://abc.execute-api.localhost:4566')).toBe(http);
    const rest = 'http://127.0.0.1:4566/restapis/abc/prod/_user_request_/';
    expect(emulatedUrl(aws, 'https://abc.execute-api.us-east-1.amazonaws.com/prod')).toBe(rest);
  });
});
