import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import { ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { readReceipt } from '#core/monitoring/receipts.ts';
import { HeldKeys } from '#serving/feedback/held-keys.ts';
import { extendedHost } from '#serving/extended-host.ts';
import { ReceiptIssuer } from '#serving/feedback/issuer.ts';
import type { Host, ServedModel } from '#serving/host.ts';
import { ModelLoads } from '#serving/model-loads.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost, VERSION } from '../../contracts/oip-host.ts';

const store = {
  get: async (key: string) =>
    key.endsWith('/1.json')
      ? {
          bytes: Buffer.from(JSON.stringify({ format: 1, secret: Buffer.alloc(32, 1).toString('base64url') })),
          etag: '',
        }
      : undefined,
};
const outputs = [{ datatype: 'FP32', shape: [1, 3], data: Float32Array.of(0, 2, 1) }] as const;

let host: Host;
let keys: ReceiptKeys;
let served: ServedModel;
let warnings: string[];
beforeEach(async () => {
  host = await contractHost(async (name) => echoModel(ECHOES[name] as Signature));
  keys = (await ReceiptKeys.read(store)) as ReceiptKeys;
  served = host.find('identity_fp32');
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => vi.restoreAllMocks());

async function newIssuer(more: Partial<ConstructorParameters<typeof ReceiptIssuer>[0]> = {}) {
  const held = new HeldKeys(store);
  await held.refresh();
  const random = (bytes: number) => Buffer.alloc(bytes, 7);
  return new ReceiptIssuer({ keys: held, models: { identity_fp32: {} }, clock: () => 5000, random, ...more });
}

describe('a receipt', () => {
  test('says who has answered, what, and when', async () => {
    const issuer = await newIssuer();
    expect(readReceipt(keys, issuer.of(served, outputs) as string)).toMatchObject({
      model: 'identity_fp32',
      version: VERSION,
      target: String(VERSION),
      prediction: ['class', 1, 'versicolor'],
      at: 5000,
    });
  });

  test('names what is published, where something is', async () => {
    const issuer = await newIssuer({ target: '17' });
    expect(readReceipt(keys, issuer.of(served, outputs) as string).target).toBe('17');
  });

  test('is of the output that is named', async () => {
    const pair = host.find('identity_pair');
    const both = [...outputs, { datatype: 'INT64', shape: [1], data: BigInt64Array.of(2n) }] as const;
    const said = async (output?: string) => {
      const issuer = await newIssuer({ models: { identity_pair: { ...(output !== undefined && { output }) } } });
      return readReceipt(keys, issuer.of(pair, both) as string).prediction;
    };
    expect([await said(), await said('a_out')]).toEqual([
      ['class', 2, null],
      ['class', 1, null],
    ]);
  });

  test('never comes twice: not in a millisecond, and not from two processes', async () => {
    let drawn = 0;
    const random = (bytes: number) => Buffer.alloc(bytes, (drawn += 1));
    const issuers = [await newIssuer({ random }), await newIssuer({ random })];
    const ids = issuers.flatMap((issuer) =>
      Array.from({ length: 50 }, () => readReceipt(keys, issuer.of(served, outputs) as string).id),
    );
    expect([new Set(ids).size, drawn]).toEqual([100, 2]);
  });

  test('draws nothing before the first one: a snapshot of the process holds no number of its own', async () => {
    const random = vi.fn((bytes: number) => Buffer.alloc(bytes));
    const issuer = await newIssuer({ random });
    issuer.of(host.find('identity_fp64'), outputs);
    expect(random).not.toHaveBeenCalled();
  });
});

describe('there is none', () => {
  test('of a model that is not among them, whatever it is called', async () => {
    const issuer = await newIssuer();
    expect(issuer.of(host.find('identity_fp64'), outputs)).toBeUndefined();
    expect(issuer.of({ ...served, name: 'constructor' }, outputs)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('of a model without a prediction, which is said once', async () => {
    const issuer = await newIssuer({ models: { identity_fp32: { output: 'other' } } });
    for (let i = 0; i < 3; i++) expect(issuer.of(served, outputs)).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("Name one in 'feedback.output'")]);
  });

  test('before the key is there, which is then asked for', async () => {
    const held = new HeldKeys(store);
    const issuer = await newIssuer({ keys: held });
    expect(issuer.of(served, outputs)).toBeUndefined();
    await held.refresh();
    expect(issuer.of(served, outputs)).toMatch(/^1\.1\./);
  });
});

describe('a host whose answers carry receipts', () => {
  test('is the same host besides', async () => {
    const issuer = await newIssuer();
    const loads = new ModelLoads();
    const other = host.find('identity_fp64');
    const changing = { ...host, ready: false, loads, pick: () => other };
    const wrapped = extendedHost(changing, { receipts: issuer });
    expect([wrapped.ready, wrapped.loads, wrapped.receipts]).toEqual([false, loads, issuer]);
    changing.ready = true;
    expect([wrapped.ready, wrapped.index()]).toEqual([true, host.index()]);
    expect([wrapped.find('identity_fp32', '3'), wrapped.pick?.('identity_fp32')]).toEqual([served, other]);
    expect(() => wrapped.find('nobody')).toThrow();
  });

  test('picks nothing where there is nothing to pick from', async () => {
    expect(extendedHost(host, { receipts: await newIssuer() })).not.toHaveProperty('pick');
  });
});
