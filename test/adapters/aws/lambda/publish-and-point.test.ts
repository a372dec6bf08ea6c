import { beforeEach, describe, expect, test } from 'vitest';
import { publishAndPoint, type PublishAndPointOptions } from '#adapters/aws/lambda/publish-and-point.ts';
import { encodeGolden } from '#core/model/golden.ts';
import type { Registry } from '#core/registry/registry.ts';
import { floats } from '../../../support/models.ts';
import { newRegistry } from '../../../support/registry.ts';
import { draft, source } from '../../../support/versions.ts';
import { fixture } from '../../../support/models.ts';
import { readFileSync } from 'node:fs';
import { NAME, PACE, withLambda } from './lambda.ts';
import { answerAsFunction } from './pinned-function.ts';

const at = withLambda();
let registry: Registry;
let steps: string[];

beforeEach(async () => {
  const place = await newRegistry();
  registry = place.registry;
  steps = [];
  at.server.latest.Environment = { Variables: { ONNWARD_STORE: place.store.url, ONNWARD_MODEL: 'iris' } };
  at.server.answer = ({ version, event }) => answerAsFunction(version, event);
  for (const recorded of [1, 1, 99]) await register(recorded);
});

/** A version that answers 1 with 1, and was recorded to answer `recorded`. */
async function register(recorded: number): Promise<void> {
  const { folder, graph } = fixture('identity_fp32');
  const dimensions = { datatype: 'FP32' as const, shape: [-1, -1] };
  const signature = { inputs: [{ name: 'x', ...dimensions }], outputs: [{ name: 'y', ...dimensions }], unserved: [] };
  const golden = encodeGolden([{ inputs: [floats([1, 1], [1])], outputs: [floats([1, 1], [recorded])] }], signature);
  const sources = [source(graph, readFileSync(`${folder}/${graph}`))];
  await registry.register('iris', draft('', { graph, signature, golden, sources }));
}

const go = (options: Partial<PublishAndPointOptions> = {}) =>
  publishAndPoint(at.fn, { model: 'iris', registry, pace: PACE, onStep: (step) => steps.push(step), ...options });

const alias = () => at.server.aliases.get('live')!;
const history = async () =>
  (await Array.fromAsync(registry.history('iris'))).filter(({ action }) => action === 'alias');

describe('while live leads nowhere', () => {
  test('it is pointed to what is named, once that answers as recorded, and the registry records it', async () => {
    expect(await go({ named: 2 })).toEqual({
      action: 'point',
      version: 2,
      functionVersion: '1',
      golden: { compared: 1, skipped: 0 },
    });
    expect(alias()).toMatchObject({ FunctionVersion: '1' });
    const [entry, ...others] = await history();
    expect(entry).toMatchObject({ alias: 'live', from: null, to: 2, actor: 'test' });
    expect(entry?.why).toContain(NAME);
    expect(others).toEqual([]);
  });

  test('the order is: publish, warm up, ask, point; and the record comes last', async () => {
    const writes: string[] = [];
    const spied = Object.assign(Object.create(registry) as Registry, {
      alias: (...args: Parameters<Registry['alias']>) => registry.alias(...args),
      manifest: (...args: Parameters<Registry['manifest']>) => registry.manifest(...args),
      setReleased: async (...args: Parameters<Registry['setReleased']>) => {
        writes.push(at.server.calls.at(-1)!);
        return registry.setReleased(...args);
      },
    });
    await go({ named: 1, registry: spied });
    const { calls } = at.server;
    const order = ['PublishVersion', 'InvokeFunction 1', 'UpdateAlias'].map((call) => calls.lastIndexOf(call));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(writes).toEqual(['UpdateAlias']);
    expect(steps.map((step) => step.split(' ')[0])).toEqual(['publishing', 'warming']);
  });

  test('it goes to what the registry records, which says from then on what answers', async () => {
    await registry.setAlias('iris', 'live', 1);
    expect(await go()).toMatchObject({ action: 'point', version: 1 });
    expect(await registry.alias('iris', 'live')).toMatchObject({ version: 1, target: '1' });
    expect(await history()).toHaveLength(2);
  });

  test('the alias says which version of the model it leads to', async () => {
    await go({ named: 2 });
    expect(alias().Description).toBe('1 serves version 2');
  });

  test('it stays there without a version', async () => {
    expect(await go()).toEqual({ action: 'none' });
    expect(at.server.calls).toEqual(['GetAlias']);
  });

  test('it stays there where the version answers otherwise than recorded', async () => {
    await expect(go({ named: 3 })).rejects.toMatchObject({ code: 'publish.golden' });
    expect(alias().FunctionVersion).toBe('$LATEST');
    expect(await history()).toEqual([]);
  });

  test('an attempt after one that failed publishes nothing twice', async () => {
    let fails = true;
    at.server.before = (operation) => {
      if (operation === 'UpdateAlias' && fails) throw new Error('the network is gone');
    };
    await expect(go({ named: 1 })).rejects.toMatchObject({ code: 'aws.failed' });
    fails = false;
    expect(await go({ named: 1 })).toMatchObject({ action: 'point', functionVersion: '1' });
    expect(at.server.versions.size).toBe(1);
  });
});

describe('once live leads to a version', () => {
  beforeEach(async () => {
    await go({ named: 1 });
    at.server.calls.length = 0;
  });

  test('it is left alone, and nothing at all is written', async () => {
    expect(await go()).toEqual({
      action: 'leave',
      version: 1,
      functionVersion: '1',
      waits: false,
      recorded: false,
    });
    expect(at.server.calls.filter((call) => !call.startsWith('Get'))).toEqual([]);
    expect(await history()).toHaveLength(1);
  });

  test('newer code is told of, and goes live by no deployment', async () => {
    at.server.deploy('code-2');
    expect(await go()).toMatchObject({ action: 'leave', functionVersion: '1', waits: true });
    expect(alias().FunctionVersion).toBe('1');
  });

  test.each<[string, () => unknown]>([
    ['memory', () => Object.assign(at.server.latest, { MemorySize: 3008 })],
    ['a time limit', () => Object.assign(at.server.latest, { Timeout: 5 })],
    ['an environment', () => Object.assign(at.server.latest.Environment!.Variables!, { ONNWARD_THREADS: '2' })],
  ])('%s that was changed is told of too', async (_, change) => {
    change();
    expect(await go()).toMatchObject({ action: 'leave', functionVersion: '1', waits: true });
  });

  test('another version that is named is refused', async () => {
    await expect(go({ named: 2 })).rejects.toMatchObject({ code: 'deploy.live_stands' });
    expect(alias().FunctionVersion).toBe('1');
  });

  test('a registry that says otherwise is set right by it, and the history says so', async () => {
    await registry.setAlias('iris', 'live', 2, { force: true });
    expect(await go()).toMatchObject({ action: 'leave', version: 1, recorded: true });
    expect((await registry.alias('iris', 'live'))?.version).toBe(1);
    expect((await history()).at(-1)).toMatchObject({ from: 2, to: 1, why: expect.stringContaining(NAME) as string });
  });

  test('a canary is left alone', async () => {
    at.server.point('1', { RoutingConfig: { AdditionalVersionWeights: { '2': 0.05 } } });
    expect(await go({ named: 2 })).toEqual({ action: 'wait', functionVersion: '1' });
  });
});

test('what died between the alias and the record is recorded by the next one', async () => {
  const dying = Object.assign(Object.create(registry) as Registry, {
    alias: (...args: Parameters<Registry['alias']>) => registry.alias(...args),
    manifest: (...args: Parameters<Registry['manifest']>) => registry.manifest(...args),
    setReleased: () => Promise.reject(new Error('killed')),
  });
  await expect(go({ named: 2, registry: dying })).rejects.toThrow('killed');
  expect(alias().FunctionVersion).toBe('1');
  expect(await go()).toMatchObject({ action: 'leave', version: 2, recorded: true });
  expect((await registry.alias('iris', 'live'))?.version).toBe(2);
});

describe('an alias that somebody else writes meanwhile', () => {
  /** Acts before the first attempt to point. */
  function meanwhile(act: () => void): void {
    let done = false;
    at.server.before = (operation) => {
      if (operation !== 'UpdateAlias' || done) return;
      done = true;
      act();
    };
  }

  test('and points is not overwritten: the decision is made again', async () => {
    meanwhile(() => at.server.point('1'));
    expect(await go({ named: 1 })).toMatchObject({ action: 'leave', version: 1, recorded: true });
    expect(at.server.calls.filter((call) => call === 'UpdateAlias')).toHaveLength(1);
  });

  test('and leaves where it was is tried again, without publishing again', async () => {
    meanwhile(() => at.server.point('$LATEST'));
    expect(await go({ named: 1 })).toMatchObject({ action: 'point', functionVersion: '1' });
    expect(at.server.calls.filter((call) => call === 'PublishVersion')).toHaveLength(1);
  });

  test('each time is given up', async () => {
    at.server.before = (operation) => {
      if (operation === 'UpdateAlias') at.server.point('$LATEST');
    };
    await expect(go({ named: 1 })).rejects.toMatchObject({ code: 'publish.contended' });
    expect(await history()).toEqual([]);
  });
});

test('a function without the alias is refused', async () => {
  at.server.aliases.clear();
  await expect(go({ named: 1 })).rejects.toMatchObject({ code: 'publish.no_alias' });
});

describe('provisioned concurrency', () => {
  test('is on the version, and ready, before it is warmed up', async () => {
    at.server.slowness = 3;
    await go({ named: 1, provisionedConcurrency: 4 });
    expect(at.server.provisioned.get('1')).toMatchObject({ requested: 4 });
    const { calls } = at.server;
    expect(calls.lastIndexOf('GetProvisionedConcurrencyConfig 1')).toBeLessThan(calls.indexOf('InvokeFunction 1'));
    expect(calls.filter((call) => call.startsWith('GetProvisioned')).length).toBeGreaterThan(3);
  });

  test('that is there already is not asked for again', async () => {
    at.server.before = (operation) => {
      if (operation === 'UpdateAlias') throw new Error('gone');
    };
    await expect(go({ named: 1, provisionedConcurrency: 4 })).rejects.toThrow();
    at.server.before = () => undefined;
    await go({ named: 1, provisionedConcurrency: 4 });
    expect(at.server.calls.filter((call) => call.startsWith('PutProvisioned'))).toHaveLength(1);
  });

  test('that Lambda cannot give is told with its reason, and nothing goes live', async () => {
    at.server.before = (operation) => {
      const found = at.server.provisioned.get('1');
      if (operation.startsWith('GetProvisioned') && found) Object.assign(found, { status: 'FAILED', reason: 'quota' });
    };
    await expect(go({ named: 1, provisionedConcurrency: 4 })).rejects.toMatchObject({
      code: 'publish.provisioning_failed',
      message: expect.stringContaining('quota'),
    });
    expect(alias().FunctionVersion).toBe('$LATEST');
  });

  test('is taken back from a version that does not go live: nobody pays for it', async () => {
    await expect(go({ named: 3, provisionedConcurrency: 4 })).rejects.toMatchObject({ code: 'publish.golden' });
    expect(at.server.provisioned.size).toBe(0);
  });
});
