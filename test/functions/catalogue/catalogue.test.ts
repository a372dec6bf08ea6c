import { beforeEach, describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { aliasKey, historyKey } from '#core/model/keys.ts';
import type { ObjectReader } from '#core/ports.ts';
import { Catalogue } from '../../../functions/catalogue/catalogue.ts';

let now: number;
let objects: Map<string, string>;
let failure: ((key: string) => Error | undefined) | undefined;
let reads: string[];

beforeEach(() => {
  now = 1_000_000;
  objects = new Map();
  failure = undefined;
  reads = [];
});

/** Counts what it is asked, and fails as it is told. */
const store = {
  url: 's3://bucket',
  async get(key: string) {
    reads.push(key);
    const error = failure?.(key);
    if (error) throw error;
    const text = objects.get(key);
    return text === undefined ? undefined : { bytes: Buffer.from(text), etag: 'e' };
  },
  read: () => {
    throw new Error('nobody reads a file here');
  },
} satisfies ObjectReader;

const catalogueOf = (models: readonly string[]) => new Catalogue({ store, models, clock: () => now });

const live = (name: string, version: number): void =>
  void objects.set(aliasKey(name, 'live'), JSON.stringify({ alias: 'live', version, sequence: version }));

const storeError = (code: string) => new OnnwardError(code, { code, kind: 'unavailable' });

describe('the index', () => {
  test('has a line for each model, in the order that they were given, however many', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `m${39 - index}`);
    for (const name of names) live(name, Number(name.slice(1)) + 1);
    const entries = await catalogueOf(names).index();
    expect(entries.map(({ name }) => name)).toEqual(names);
    expect(entries[0]).toEqual({ name: 'm39', version: '40', state: 'READY', reason: '' });
    expect(reads).toHaveLength(40);
  });

  test('is at most three seconds old', async () => {
    const catalogue = catalogueOf(['digits']);
    await catalogue.index();
    live('digits', 1);
    now += 2_999;
    expect((await catalogue.index())[0]?.state).toBe('UNAVAILABLE');
    expect(reads).toHaveLength(1);
    now += 1;
    expect((await catalogue.index())[0]?.state).toBe('READY');
    expect(reads).toHaveLength(2);
  });

  test('is looked up once for all who ask at a time', async () => {
    const catalogue = catalogueOf(['digits']);
    await Promise.all([catalogue.index(), catalogue.index(), catalogue.index()]);
    expect(reads).toHaveLength(1);
  });

  test('does not keep a failure', async () => {
    const catalogue = catalogueOf(['digits']);
    failure = () => storeError('store.unreachable');
    await expect(catalogue.index()).rejects.toMatchObject({ code: 'store.unreachable' });
    failure = undefined;
    expect(await catalogue.index()).toHaveLength(1);
  });

  test.each(['store.unreachable', 'store.no_bucket', 'store.failed', 'store.no_credentials'])(
    'is not to be had where one look ends with %s',
    async (code) => {
      live('digits', 1);
      failure = (key) => (key.includes('fraud') ? storeError(code) : undefined);
      await expect(catalogueOf(['digits', 'fraud']).index()).rejects.toMatchObject({ code });
    },
  );

  test('a record that cannot be understood is its model’s trouble alone', async () => {
    live('digits', 1);
    objects.set(aliasKey('fraud', 'live'), '{"version":"x"}');
    const [digits, fraud] = await catalogueOf(['digits', 'fraud']).index();
    expect(digits?.state).toBe('READY');
    expect(fraud).toMatchObject({ state: 'UNAVAILABLE', version: '', reason: expect.stringContaining("'version'") });
  });

  test('a model that S3 denies is not ready, and the reason leaves open why', async () => {
    failure = () => storeError('store.access_denied');
    const [digits] = await catalogueOf(['digits']).index();
    expect(digits).toMatchObject({
      state: 'UNAVAILABLE',
      reason: 'no version is live, or the catalogue may not read which',
    });
  });
});

describe('whether a model is registered', () => {
  test('is whether its history has begun', async () => {
    objects.set(historyKey('churn', 1), '{}');
    const catalogue = catalogueOf([]);
    expect(await catalogue.isRegistered('churn')).toBe(true);
    expect(await catalogue.isRegistered('other')).toBe(false);
    expect(reads).toEqual([historyKey('churn', 1), historyKey('other', 1)]);
  });

  test.each(['Churn', '../x', 'a/b', '', 'a'.repeat(64)])(
    'asks nobody of a name that no model can have: %j',
    async (name) => {
      expect(await catalogueOf([]).isRegistered(name)).toBe(false);
      expect(reads).toEqual([]);
    },
  );

  test('is remembered for three seconds', async () => {
    const catalogue = catalogueOf([]);
    await catalogue.isRegistered('churn');
    now += 2_999;
    await catalogue.isRegistered('churn');
    expect(reads).toHaveLength(1);
    now += 1;
    await catalogue.isRegistered('churn');
    expect(reads).toHaveLength(2);
  });

  test('is remembered of a thousand names, so that no caller fills the memory', async () => {
    const catalogue = catalogueOf([]);
    for (let each = 0; each < 1_001; each++) await catalogue.isRegistered(`m${each}`);
    await catalogue.isRegistered('m1000');
    expect(reads).toHaveLength(1_001);
    await catalogue.isRegistered('m0');
    expect(reads).toHaveLength(1_002);
  });

  test('does not keep a failure, and takes what S3 denies for absent', async () => {
    const catalogue = catalogueOf([]);
    failure = () => storeError('store.unreachable');
    await expect(catalogue.isRegistered('churn')).rejects.toMatchObject({ code: 'store.unreachable' });
    failure = () => storeError('store.access_denied');
    expect(await catalogue.isRegistered('churn')).toBe(false);
  });
});
