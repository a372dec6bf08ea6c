import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { LambdaTraffic } from '#adapters/aws/lambda/traffic.ts';
import { encodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LiveSplit, Target, Traffic } from '#core/ports.ts';
import { sendBack } from '#core/release/traffic.ts';
import type { Registry } from '#core/registry/registry.ts';
import { jsonServer, refusal } from '../../../support/json-server.ts';
import { Crash, LambdaException } from '../../../support/lambda-server.ts';
import { fixture, floats } from '../../../support/models.ts';
import { newRegistry } from '../../../support/registry.ts';
import { draft, source } from '../../../support/versions.ts';
import { NAME, PACE, withLambda } from './lambda.ts';
import { answerAsFunction } from './pinned-function.ts';

const at = withLambda();
let registry: Registry;
let traffic: Traffic;
let manifests: Manifest[];

beforeEach(async () => {
  const place = await newRegistry();
  registry = place.registry;
  manifests = [];
  at.server.latest.Environment = { Variables: { ONNWARD_STORE: place.store.url, ONNWARD_MODEL: 'iris' } };
  at.server.answer = ({ version, event }) => answerAsFunction(version, event);
  for (const recorded of [1, 1, 99]) manifests.push(await register(recorded));
  traffic = another();
});

/** As a process that was just started has it. */
const another = (): Traffic =>
  new LambdaTraffic({ fn: at.fn, stage: 'dev', model: 'iris', region: 'us-east-1', pace: PACE });

/** A version that answers 1 with 1, and was recorded to answer `recorded`. */
function register(recorded: number): Promise<Manifest> {
  const { folder, graph } = fixture('identity_fp32');
  const dimensions = { datatype: 'FP32' as const, shape: [-1, -1] };
  const signature = { inputs: [{ name: 'x', ...dimensions }], outputs: [{ name: 'y', ...dimensions }], unserved: [] };
  const golden = encodeGolden([{ inputs: [floats([1, 1], [1])], outputs: [floats([1, 1], [recorded])] }], signature);
  const sources = [source(graph, readFileSync(`${folder}/${graph}`))];
  return registry.register('iris', draft('', { graph, signature, golden, sources }));
}

const alias = () => at.server.aliases.get('live')!;

/** Version 1 is live. */
async function withChampion(): Promise<Target> {
  const champion = await traffic.publish(1, 'iris-r1');
  await traffic.shift({ champion, weight: 0 }, '', 'iris-r1');
  return champion;
}

async function withCanary(weight = 5): Promise<{ champion: Target; challenger: Target; live: LiveSplit }> {
  const champion = await withChampion();
  const challenger = await traffic.publish(2, 'iris-r1');
  const { revision } = (await traffic.live())!;
  const live = (await traffic.shift({ champion, challenger, weight }, revision, 'iris-r2'))!;
  return { champion, challenger, live };
}

describe('where live leads', () => {
  test('is undefined while it leads nowhere', async () => {
    expect(await traffic.live()).toBeUndefined();
  });

  test('is a split, known by one call, also to a process that was just started', async () => {
    await withCanary(5);
    at.server.calls.length = 0;
    expect(await another().live()).toEqual({
      champion: { id: '1', version: 1 },
      challenger: { id: '2', version: 2 },
      weight: 5,
      revision: alias().RevisionId,
    });
    expect(at.server.calls).toEqual(['GetAlias']);
  });

  test('is asked of the versions themselves where somebody pointed it by hand, once', async () => {
    await withChampion();
    await traffic.publish(2, 'iris-r1');
    at.server.point('2', { RoutingConfig: { AdditionalVersionWeights: { '1': 0.5 } }, Description: 'mine' });
    const fresh = another();
    at.server.calls.length = 0;
    const split = { champion: { id: '2', version: 2 }, challenger: { id: '1', version: 1 }, weight: 50 };
    expect(await fresh.live()).toMatchObject(split);
    expect(await fresh.live()).toMatchObject(split);
    const calls = ['GetAlias', 'GetFunctionConfiguration 1', 'GetFunctionConfiguration 2', 'GetAlias'];
    expect(at.server.calls.toSorted()).toEqual(calls.toSorted());
  });

  test('is refused where that pins nothing', async () => {
    at.server.versions.set('8', { ...at.server.latest, Version: '8', Environment: { Variables: {} } });
    at.server.point('8');
    await expect(traffic.live()).rejects.toMatchObject({ code: 'traffic.unpinned' });
  });

  test('is refused where there is no alias', async () => {
    at.server.aliases.clear();
    await expect(traffic.live()).rejects.toMatchObject({ code: 'publish.no_alias' });
  });
});

describe('dividing it', () => {
  test('is one write, which says what each version serves', async () => {
    const { champion, challenger, live } = await withCanary(5);
    at.server.calls.length = 0;
    const shifted = await traffic.shift({ champion, challenger, weight: 50 }, live.revision, 'iris-r2');
    expect(at.server.calls).toEqual(['UpdateAlias']);
    expect(shifted).toEqual({ champion, challenger, weight: 50, revision: alias().RevisionId });
    expect(alias()).toMatchObject({
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } },
      Description: '1 serves version 1, 2 serves version 2',
    });
  });

  test('to the champion alone takes the weights away', async () => {
    const { champion, challenger, live } = await withCanary(5);
    const back = await traffic.shift({ champion, challenger, weight: 0 }, live.revision, 'iris-r2');
    expect(back).toEqual({ champion, weight: 0, revision: alias().RevisionId });
    expect(alias().RoutingConfig).toBeUndefined();
  });

  test('is undone where somebody else moved it, and nothing is overwritten', async () => {
    const { champion, challenger, live } = await withCanary(5);
    at.server.point('2');
    expect(await traffic.shift({ champion, challenger, weight: 50 }, live.revision, 'iris-r2')).toBeUndefined();
    expect(alias()).toMatchObject({ FunctionVersion: '2' });
  });

  test('that leads nowhere yet is for whoever is first', async () => {
    const champion = await traffic.publish(1, 'iris-r1');
    expect(await traffic.shift({ champion, weight: 0 }, '', 'iris-r1')).toMatchObject({ champion, weight: 0 });
    expect(await traffic.shift({ champion, weight: 0 }, '', 'iris-r1')).toBeUndefined();
  });

  test('which AWS refuses says so', async () => {
    const { champion, live } = await withCanary(5);
    at.server.before = () => {
      throw new LambdaException(
        'AccessDeniedException',
        403,
        'User: x is not authorized to perform: lambda:UpdateAlias',
      );
    };
    await expect(traffic.shift({ champion, weight: 0 }, live.revision, 'r')).rejects.toMatchObject({
      code: 'aws.access_denied',
      fix: 'Allow lambda:UpdateAlias to whom the credentials belong.',
    });
  });
});

test('rolling back is two calls of Lambda and no wait, from a process that was just started', async () => {
  const { champion } = await withCanary(50);
  const fresh = another();
  at.server.calls.length = 0;
  expect(await sendBack({ registry }, fresh, 'iris', champion)).toBe(true);
  expect(at.server.calls).toEqual(['GetAlias', 'UpdateAlias']);
  expect(alias()).toMatchObject({ FunctionVersion: '1' });
  expect(alias().RoutingConfig).toBeUndefined();
  expect(await registry.alias('iris', 'live')).toMatchObject({ version: 1, target: '1' });
});

describe('publishing', () => {
  test('gives a version of the function that pins the version of the model; the same again where nothing changed', async () => {
    expect(await traffic.publish(2, 'iris-r1')).toEqual({ version: 2, id: '1' });
    expect(await another().publish(2, 'iris-r1')).toEqual({ version: 2, id: '1' });
    expect(at.server.versions.get('1')?.Environment?.Variables).toMatchObject({ ONNWARD_VERSION: '2' });
    expect(alias().FunctionVersion).toBe('$LATEST');
  });

  test('newer code of the same version of the model is another target', async () => {
    const before = await traffic.publish(1, 'iris-r1');
    at.server.deploy('code-2');
    expect(await traffic.publish(1, 'iris-r1')).toEqual({ version: 1, id: '2' });
    expect(before.id).toBe('1');
  });

  test('provisions nothing yet: whoever dies before it is on record leaves nothing to pay for', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    await traffic.publish(1, 'iris-r1');
    expect(at.server.provisioned.size).toBe(0);
    expect(at.server.calls.filter((call) => call.includes('Provisioned'))).toEqual([]);
  });

  test('another version than the one that the function holds is refused, with the way out', async () => {
    at.server.tags['onnward:baked-version'] = '1';
    await expect(traffic.publish(2, 'iris-r1')).rejects.toMatchObject({
      code: 'traffic.baked',
      fix: expect.stringContaining('onnward deploy') as string,
    });
    expect(at.server.calls).not.toContain('PublishVersion');
    expect(await traffic.publish(1, 'iris-r1')).toEqual({ version: 1, id: '1' });
  });

  test('by a function that there is not is refused', async () => {
    at.server.before = () => {
      throw new LambdaException('ResourceNotFoundException', 404, `Function not found: ${NAME}`);
    };
    await expect(traffic.publish(1, 'iris-r1')).rejects.toMatchObject({ code: 'publish.no_function' });
  });
});

describe('what is kept initialised', () => {
  const puts = () => at.server.calls.filter((call) => call.startsWith('PutProvisioned'));

  test('is what the function is tagged with, before the first question', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    const target = await traffic.publish(1, 'iris-r1');
    await traffic.warmUp(target, manifests[0]!);
    expect(at.server.provisioned.get(target.id)).toMatchObject({ requested: 3 });
    const [put, asked] = ['PutProvisionedConcurrencyConfig 1', 'InvokeFunction 1'].map((call) =>
      at.server.calls.indexOf(call),
    );
    expect(put).toBeLessThan(asked!);
  });

  test('is nothing where no tag asks for it', async () => {
    await traffic.warmUp(await traffic.publish(1, 'iris-r1'), manifests[0]!);
    expect(puts()).toEqual([]);
  });

  test('goes on where whoever began it was killed, and is asked for once', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    const target = await traffic.publish(1, 'iris-r1');
    at.server.before = (operation) => {
      if (operation === 'InvokeFunction') throw new LambdaException('KilledException', 400);
    };
    await expect(traffic.warmUp(target, manifests[0]!)).rejects.toThrow();
    expect([...at.server.provisioned.keys()]).toEqual(['1']);
    at.server.before = () => undefined;
    Object.assign(at.server.provisioned.get('1')!, { reads: 3 });
    expect(await another().warmUp(target, manifests[0]!)).toEqual({ compared: 1, skipped: 0 });
    expect(puts()).toEqual(['PutProvisionedConcurrencyConfig 1']);
  });

  test('that Lambda cannot give is refused, asked for again by the next try, and taken back by withdrawing', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    const target = await traffic.publish(1, 'iris-r1');
    at.server.before = (operation) => {
      const found = at.server.provisioned.get('1');
      if (operation.startsWith('GetProvisioned') && found) Object.assign(found, { status: 'FAILED', reason: 'quota' });
    };
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(traffic.warmUp(target, manifests[0]!)).rejects.toMatchObject({
        code: 'publish.provisioning_failed',
      });
      expect(puts()).toHaveLength(attempt);
    }
    for (const _ of [1, 2]) await another().withdraw(target);
    expect(at.server.provisioned.size).toBe(0);
  });
});

describe('a target', () => {
  test('is warmed up, and compared with what was recorded', async () => {
    expect(await traffic.warmUp(await traffic.publish(1, 'iris-r1'), manifests[0]!)).toEqual({
      compared: 1,
      skipped: 0,
    });
    const wrong = await traffic.publish(3, 'iris-r1');
    await expect(traffic.warmUp(wrong, manifests[2]!)).rejects.toMatchObject({ code: 'publish.golden' });
  });

  const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });

  test('is asked past live, and the time is taken', async () => {
    const challenger = await traffic.publish(2, 'iris-r1');
    const answer = await traffic.ask(challenger, manifests[1]!, body);
    expect(answer).toMatchObject({ status: 200, ms: expect.any(Number) as number });
    expect(answer.ms).toBeGreaterThan(0);
    expect(JSON.parse(answer.body)).toMatchObject({ model_version: '2', outputs: [{ name: 'y', data: [1, 2] }] });
    expect(at.server.calls.at(-1)).toBe(`InvokeFunction ${challenger.id}`);
  });

  test('answers a bad request as it answers clients', async () => {
    const answer = await traffic.ask(await traffic.publish(2, 'iris-r1'), manifests[1]!, '{"inputs":[]}');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toHaveProperty('error');
  });

  test('is not asked what is larger than Lambda takes', async () => {
    const challenger = await traffic.publish(2, 'iris-r1');
    at.server.calls.length = 0;
    const answer = await traffic.ask(challenger, manifests[1]!, `{"x":"${'a'.repeat(6 * 1024 * 1024)}"}`);
    expect(answer).toEqual({ status: 413, body: '', ms: 0 });
    expect(at.server.calls).toEqual([]);
  });

  test('that crashes says so', async () => {
    const challenger = await traffic.publish(2, 'iris-r1');
    at.server.answer = () => new Crash('Runtime exited', 'signal: killed');
    await expect(traffic.ask(challenger, manifests[1]!, body)).rejects.toMatchObject({
      code: 'publish.crashed',
      fix: expect.stringContaining('memory') as string,
    });
  });
});

describe('taking back', () => {
  test('a target that no alias uses leaves nothing to be paid for', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    const { champion, challenger } = await withCanary(5);
    await traffic.warmUp(champion, manifests[0]!);
    await traffic.warmUp(challenger, manifests[1]!);
    const { revision } = (await traffic.live())!;
    await traffic.withdraw(challenger);
    expect([...at.server.provisioned.keys()]).toEqual(['1', '2']);
    await traffic.shift({ champion, weight: 0 }, revision, 'iris-r2');
    await traffic.withdraw(challenger);
    expect([...at.server.provisioned.keys()]).toEqual(['1']);
    await traffic.withdraw(champion);
    expect([...at.server.provisioned.keys()]).toEqual(['1']);
  });

  test('what has nothing is nothing to do', async () => {
    const target = await traffic.publish(1, 'iris-r1');
    at.server.calls.length = 0;
    await traffic.withdraw(target);
    expect(at.server.calls).toEqual(['GetProvisionedConcurrencyConfig 1']);
  });

  test('what is gone, or what somebody else takes back just now, is nothing to do either', async () => {
    at.server.tags['onnward:provisioned-concurrency'] = '3';
    const target = await traffic.publish(1, 'iris-r1');
    await traffic.warmUp(target, manifests[0]!);
    at.server.before = (operation) => {
      if (operation.startsWith('DeleteProvisioned')) at.server.provisioned.clear();
    };
    await traffic.withdraw(target);
    await traffic.withdraw({ id: '77', version: 1 });
    expect(at.server.provisioned.size).toBe(0);
  });
});

describe('retiring', () => {
  async function publishMany(count: number): Promise<void> {
    for (let index = 1; index <= count; index++) {
      at.server.deploy(`code-${index}`);
      await traffic.publish(1, 'iris-r1');
    }
  }

  test('deletes what no alias uses, but what is kept and the newest ten', async () => {
    await publishMany(15);
    at.server.point('2', { RoutingConfig: { AdditionalVersionWeights: { '3': 0.1 } } });
    expect(await traffic.retire([{ id: '4', version: 1 }])).toEqual(['1', '5']);
    expect([...at.server.versions.keys()].map(Number)).toEqual([2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(await traffic.retire([{ id: '4', version: 1 }])).toEqual([]);
  });

  test('deletes their images with them, where no other version is made of one', async () => {
    const digest = (number: number): string => String(number).padStart(64, '0');
    at.server.latest.PackageType = 'Image';
    for (const number of [1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      at.server.deploy(digest(number));
      await traffic.publish(1, 'iris-r1');
    }
    const inUse = [...at.server.versions.values()].slice(3).map(({ CodeSha256 }) => ({ CodeSha256 }));
    const aws = await jsonServer(({ operation }) =>
      operation === 'BatchDeleteImage' ? { body: {} } : { body: { Functions: [...inUse, { CodeSha256: digest(2) }] } },
    );
    expect(await traffic.retire([])).toEqual(['1', '2', '3']);
    const [asked, ...more] = aws.asked.filter(({ operation }) => operation === 'BatchDeleteImage');
    expect(asked?.input).toEqual({
      repositoryName: 'onnward-dev-inference',
      imageIds: [{ imageDigest: `sha256:${digest(1)}` }],
    });
    expect(more).toEqual([]);
    await aws.stop();
  });

  test('deletes nothing of ten', async () => {
    await publishMany(10);
    expect(await traffic.retire([])).toEqual([]);
    expect(at.server.versions.size).toBe(10);
  });

  test('leaves what an alias leads to by now, and takes provisioned concurrency with what goes', async () => {
    await publishMany(12);
    at.server.provisioned.set('2', { requested: 1, status: 'READY', reads: 0 });
    at.server.before = (operation) => {
      if (operation === 'DeleteFunction') at.server.point('1');
    };
    expect(await traffic.retire([])).toEqual(['2']);
    expect(at.server.provisioned.size).toBe(0);
  });
});

describe('alarms', () => {
  const alarmed = (name: string, StateValue = 'ALARM') => ({ AlarmName: name, StateValue, StateReason: 'x' });

  test('are those of this very model that are raised', async () => {
    const server = await jsonServer(() => ({
      body: {
        MetricAlarms: [
          alarmed('onnward-dev-iris-errors'),
          alarmed('onnward-dev-iris-latency-p99', 'OK'),
          alarmed('onnward-dev-iris-large-errors'),
          alarmed('onnward-dev-iris-accuracy'),
        ],
      },
    }));
    expect(await traffic.alarms()).toEqual(['onnward-dev-iris-accuracy', 'onnward-dev-iris-errors']);
    expect(server.asked).toMatchObject([
      { operation: 'DescribeAlarms', input: { AlarmNamePrefix: 'onnward-dev-iris-' } },
    ]);
    await server.stop();
  });

  test('that may not be read are not taken for none', async () => {
    const server = await jsonServer(() => refusal('AccessDeniedException', 'no', 403));
    await expect(traffic.alarms()).rejects.toMatchObject({ code: 'aws.access_denied' });
    await server.stop();
  });
});
