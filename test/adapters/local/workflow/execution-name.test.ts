import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { executionName, isAlive, isLocal } from '#adapters/local/workflow/execution-name.ts';

const executionOf = (host: string, pid: number | string): string => `${host}.${pid}.${randomUUID()}`;
/** No process has it: it is above what Linux gives. */
const NOBODY = 2 ** 22 + 1;

test.each([
  ['of a process that is there', executionOf(hostname(), process.ppid), true],
  ['of one that is another user’s', executionOf(hostname(), 1), true],
  ['of one that is gone', executionOf(hostname(), NOBODY), false],
  ['of one that is gone, and when it began', executionOf(hostname(), `${NOBODY}-17`), false],
  ['of this one, which asks before it begins', executionOf(hostname(), process.pid), false],
  ['of this one by its own name', executionName(), false],
  ['of another machine', executionOf(`${hostname()}.example.org`, process.ppid), undefined],
  ['of another machine, with a time', executionOf('elsewhere', `${process.ppid}-1`), undefined],
  ['of Step Functions', randomUUID(), undefined],
  ['of a name that begins like ours', `${hostname()}.x.${randomUUID()}`, undefined],
])('an execution %s', (_, execution, alive) => {
  expect(isAlive(execution)).toBe(alive);
});

test.each([
  ['this machine', executionName(), true],
  ['another one', executionOf('10.0.0.7', '12-345'), true],
  ['Step Functions', randomUUID(), false],
  ['Step Functions, for a rule', `${randomUUID()}_${randomUUID()}`, false],
])('a name is told to be of %s', (_, execution, local) => {
  expect(isLocal(execution)).toBe(local);
});

describe('a process of which the number is given again', () => {
  /** What another process calls its execution. */
  async function other(title: string): Promise<{ readonly pid: number; readonly name: string }> {
    const module = new URL('../../../../lib/adapters/local/workflow/execution-name.ts', import.meta.url);
    const script = `process.title = ${JSON.stringify(title)};
      import(${JSON.stringify(module.href)}).then(({ executionName }) => process.send(executionName()));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--eval', script], {
      cwd: fileURLToPath(new URL('../../../../', import.meta.url)),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [name] = (await once(child, 'message')) as [string];
    return { pid: child.pid!, name };
  }

  test.skipIf(process.platform !== 'linux').each(['node', 'a) b (c', ') 1 2 3 4'])(
    'is another one (%s)',
    async (title) => {
      const { pid, name } = await other(title);
      expect(isAlive(name)).toBe(true);
      const [, began] = /\.\d+-(\d+)\./.exec(name) ?? [];
      expect(began).toBeDefined();
      expect(isAlive(name.replace(`${pid}-${began}`, `${pid}-${Number(began) - 1}`))).toBe(false);
      expect(isAlive(name.replace(`${pid}-${began}`, String(pid)))).toBe(true); // of a system that does not tell
    },
  );
});
