import { describe, expect, test } from 'vitest';
import { publishPinned } from '#adapters/aws/lambda/publish.ts';
import { LambdaException } from '../../../support/lambda-server.ts';
import { PACE, withLambda } from './lambda.ts';

const at = withLambda();
const publish = (version = 2) => publishPinned(at.fn, { model: 'iris', version }, PACE);

describe('a function is published', () => {
  test("in AWS's order: configuration, wait, read again, publish, wait", async () => {
    at.server.slowness = 2;
    expect(await publish()).toBe('1');
    expect(at.server.calls).toEqual([
      'GetFunctionConfiguration',
      'UpdateFunctionConfiguration',
      'GetFunctionConfiguration',
      'GetFunctionConfiguration',
      'PublishVersion',
      'GetFunctionConfiguration 1',
      'GetFunctionConfiguration 1',
      'GetFunctionConfiguration 1',
    ]);
  });

  test('with its pin, and all else of its environment', async () => {
    await publish();
    const variables = at.server.versions.get('1')?.Environment?.Variables;
    expect(variables).toEqual({
      ONNWARD_STORE: 's3://bucket',
      ONNWARD_MODEL: 'iris',
      KEPT: 'yes',
      ONNWARD_VERSION: '2',
    });
  });

  test('once: what has not changed keeps its number, and nothing is written', async () => {
    await publish();
    at.server.calls.length = 0;
    expect(await publish()).toBe('1');
    expect(at.server.calls).not.toContain('UpdateFunctionConfiguration');
    expect(at.server.versions.size).toBe(1);
  });

  test('anew for another version, and for other code', async () => {
    expect(await publish(2)).toBe('1');
    expect(await publish(3)).toBe('2');
    at.server.deploy('code-2');
    expect(await publish(3)).toBe('3');
  });

  test('once an update is done that somebody else began', async () => {
    at.server.latest.LastUpdateStatus = 'InProgress';
    let reads = 0;
    at.server.before = (operation) => {
      if (operation === 'GetFunctionConfiguration' && ++reads === 3) at.server.latest.LastUpdateStatus = 'Successful';
    };
    await publish();
    expect(at.server.calls.indexOf('UpdateFunctionConfiguration')).toBe(3);
  });
});

describe('a race is begun anew, and overwrites nothing', () => {
  /** Does something once, right before an operation. */
  function once(operation: string, act: () => void): void {
    let done = false;
    at.server.before = (called) => {
      if (done || called !== operation) return;
      done = true;
      act();
    };
  }

  test('other code between reading and publishing: the version has the new code', async () => {
    once('PublishVersion', () => {
      at.server.latest.CodeSha256 = 'code-2'; // the revision as it was: only the hash tells
    });
    expect(await publish()).toBe('1');
    expect(at.server.versions.get('1')?.CodeSha256).toBe('code-2');
  });

  test('another revision between reading and publishing', async () => {
    once('PublishVersion', () => at.server.deploy('code-2'));
    await publish();
    expect(at.server.versions.get('1')).toMatchObject({ CodeSha256: 'code-2' });
    expect(at.server.calls.filter((call) => call === 'PublishVersion')).toHaveLength(2);
  });

  test('another environment between reading and writing: it is kept', async () => {
    once('UpdateFunctionConfiguration', () => {
      Object.assign(at.server.latest.Environment!.Variables!, { ADDED: 'meanwhile' });
      at.server.deploy('code-1');
    });
    await publish();
    expect(at.server.versions.get('1')?.Environment?.Variables).toMatchObject({
      ADDED: 'meanwhile',
      ONNWARD_VERSION: '2',
    });
  });

  test('an update that somebody else has just begun', async () => {
    once('UpdateFunctionConfiguration', () => {
      throw new LambdaException('ResourceConflictException', 409, 'An update is in progress for resource');
    });
    expect(await publish()).toBe('1');
  });

  test('a pin that somebody else puts in its place, where the revision is not compared', async () => {
    once('PublishVersion', () => {
      at.server.latest.Environment!.Variables!['ONNWARD_VERSION'] = '9';
    });
    await publish();
    const last = [...at.server.versions.values()].at(-1);
    expect(last?.Environment?.Variables?.['ONNWARD_VERSION']).toBe('2');
  });

  test('is given up where it never ends', async () => {
    at.server.before = (operation) => {
      if (operation === 'PublishVersion') at.server.deploy(`code-${at.server.calls.length}`);
    };
    await expect(publish()).rejects.toMatchObject({ code: 'publish.contended', fields: { attempts: 5 } });
    expect(at.server.versions.size).toBe(0);
  });
});

describe('what Lambda cannot do is told with its reason', () => {
  test('there is no such function', async () => {
    at.server.before = () => {
      throw new LambdaException('ResourceNotFoundException', 404, 'Function not found');
    };
    await expect(publish()).rejects.toMatchObject({
      code: 'publish.no_function',
      fix: expect.stringContaining('deploy'),
    });
  });

  test('an update that failed', async () => {
    Object.assign(at.server.latest, { LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'the key is disabled' });
    await expect(publish()).rejects.toMatchObject({
      code: 'publish.update_failed',
      message: expect.stringContaining('the key is disabled'),
    });
  });

  test('a version that failed', async () => {
    at.server.outcome = { State: 'Failed', StateReasonCode: 'ImageDeleted', StateReason: 'The image was deleted' };
    await expect(publish()).rejects.toMatchObject({
      code: 'publish.version_failed',
      message: expect.stringContaining('ImageDeleted: The image was deleted'),
      fields: { functionVersion: '1' },
    });
  });

  test('an environment that may not be decrypted is not overwritten', async () => {
    at.server.latest.Environment = { Error: { ErrorCode: 'AccessDenied', Message: 'kms:Decrypt' } };
    await expect(publish()).rejects.toMatchObject({
      code: 'publish.environment',
      fix: expect.stringContaining('kms:Decrypt'),
    });
    expect(at.server.calls).toEqual(['GetFunctionConfiguration']);
  });

  test('an action that is denied, by its name', async () => {
    at.server.before = (operation) => {
      if (operation !== 'PublishVersion') return;
      throw new LambdaException(
        'AccessDeniedException',
        403,
        'User is not authorized to perform: lambda:PublishVersion on x',
      );
    };
    await expect(publish()).rejects.toMatchObject({
      code: 'aws.access_denied',
      fix: expect.stringContaining('lambda:PublishVersion'),
    });
  });
});

describe('a version that sleeps', () => {
  test('is woken by a call, and waited for', async () => {
    await publish();
    Object.assign(at.server.versions.get('1')!, { State: 'Inactive', StateReasonCode: 'Idle' });
    expect(await publish()).toBe('1');
    expect(at.server.calls).toContain('InvokeFunction 1');
    expect(at.server.versions.get('1')?.State).toBe('Active');
  });

  test('and does not wake is told', async () => {
    at.server.outcome = { State: 'Inactive', StateReasonCode: 'Idle', StateReason: 'The function is idle' };
    await expect(publish()).rejects.toMatchObject({
      code: 'publish.version_inactive',
      message: expect.stringContaining('Idle: The function is idle'),
    });
  });
});
