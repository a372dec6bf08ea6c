import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { publishPinned } from '#adapters/aws/lambda/publish.ts';
import { warmUp } from '#adapters/aws/lambda/warm-up.ts';
import { encodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { Crash } from '../../../support/lambda-server.ts';
import { floats, tensor } from '../../../support/models.ts';
import { newRegistry, registerFixture } from '../../../support/registry.ts';
import { PACE, withLambda } from './lambda.ts';
import { answerAsFunction } from './pinned-function.ts';

const at = withLambda();
let place: Awaited<ReturnType<typeof newRegistry>>;

beforeEach(async () => {
  place = await newRegistry();
  vi.spyOn(console, 'error').mockReturnValue();
  at.server.answer = ({ version, event }) => answerAsFunction(version, event);
});

afterEach(() => vi.restoreAllMocks());

/** A function that serves version 1 of a fixture; `golden` is what is recorded of it. */
async function published(fixture: string, golden: readonly { inputs: Tensor[]; outputs: Tensor[] }[]) {
  const manifest = await registerFixture(place.registry, 'iris', fixture);
  at.server.latest.Environment = { Variables: { ONNWARD_STORE: place.store.url, ONNWARD_MODEL: 'iris' } };
  await publishPinned(at.fn, { model: 'iris', version: 1 }, PACE);
  return { ...manifest, golden: encodeGolden(golden, manifest.signature) };
}

const warm = (manifest: Manifest) => warmUp(at.fn, '1', manifest, PACE);
const same = (value: Tensor) => ({ inputs: [value], outputs: [value] });

describe('a version that answers as recorded is warmed up', () => {
  test.each<[string, Tensor]>([
    ['identity_fp32', floats([1, 3], [0.1, Number.NaN, -Infinity])],
    ['identity_fp64', tensor('FP64', [1, 2], Float64Array.of(Math.PI, -0))],
    ['identity_fp16', tensor('FP16', [1, 2], Uint16Array.of(0x3c00, 0x7e00))],
    ['identity_int64', tensor('INT64', [1, 2], BigInt64Array.of(2n ** 63n - 1n, -1n))],
    ['identity_uint64', tensor('UINT64', [1, 1], BigUint64Array.of(2n ** 64n - 1n))],
    ['identity_int8', tensor('INT8', [1, 2], Int8Array.of(-128, 127))],
    ['identity_bool', tensor('BOOL', [1, 2], Uint8Array.of(0, 1))],
    ['identity_bytes', tensor('BYTES', [1, 2], ['é', ''])],
  ])('%s, to the bit', async (fixture, value) => {
    expect(await warm(await published(fixture, [same(value), same(value)]))).toEqual({ compared: 2, skipped: 0 });
  });

  test('of several inputs and outputs, each by its name', async () => {
    const values = [floats([1, 3], [1, 2, 3]), tensor('INT64', [2], BigInt64Array.of(4n, 5n))];
    expect(await warm(await published('identity_pair', [{ inputs: values, outputs: values }]))).toEqual({
      compared: 1,
      skipped: 0,
    });
    const { signature } = await place.registry.manifest('iris', 1);
    const crossed = { ...signature, outputs: [...signature.outputs].reverse() };
    const golden = encodeGolden([{ inputs: values, outputs: [...values].reverse() }], crossed);
    expect(await warm({ ...(await place.registry.manifest('iris', 1)), golden })).toMatchObject({ compared: 1 });
  });

  test('within a tolerance: another kind of CPU adds up in another order', async () => {
    const recorded = { inputs: [floats([1, 2], [1, 1000])], outputs: [floats([1, 2], [1.0005, 1000.5])] };
    expect(await warm(await published('identity_fp32', [recorded]))).toEqual({ compared: 1, skipped: 0 });
  });

  test('without golden cases too: its model is loaded', async () => {
    expect(await warm(await published('identity_fp32', []))).toEqual({ compared: 0, skipped: 0 });
    expect(at.server.calls.at(-1)).toBe('InvokeFunction 1');
  });

  test('but for a case whose question is larger than what Lambda takes', async () => {
    const large = {
      inputs: [tensor('FP32', [1, 1_300_000], new Float32Array(1_300_000))],
      outputs: [floats([1, 1], [1])],
    };
    const manifest = await published('identity_fp32', [large, same(floats([1, 1], [1]))]);
    expect(await warm(manifest)).toEqual({ compared: 1, skipped: 1 });
  });

  test('but for a case whose answer is', async () => {
    const manifest = await published('identity_fp32', [same(floats([1, 1], [1]))]);
    at.server.answer = ({ version, event }) => {
      const { rawPath } = event as { rawPath: string };
      return rawPath.endsWith('/infer')
        ? { statusCode: 413, body: '{"error":"large"}' }
        : answerAsFunction(version, event);
    };
    expect(await warm(manifest)).toEqual({ compared: 0, skipped: 1 });
  });
});

describe('a version that answers otherwise is refused, and it is said where', () => {
  test('a value', async () => {
    const recorded = { inputs: [floats([1, 2], [1, 2])], outputs: [floats([1, 2], [1, 3])] };
    await expect(warm(await published('identity_fp32', [recorded]))).rejects.toMatchObject({
      code: 'publish.golden',
      message: expect.stringMatching(/golden case 1 of iris:1.*element 1 is 2, recorded 3/),
      fields: { case: 1, functionVersion: '1', expected: '3', actual: '2' },
    });
  });

  test('an integer that is off by one', async () => {
    const recorded = {
      inputs: [tensor('INT32', [1, 1], Int32Array.of(1_000_000))],
      outputs: [tensor('INT32', [1, 1], Int32Array.of(1_000_001))],
    };
    await expect(warm(await published('identity_int32', [recorded]))).rejects.toMatchObject({ code: 'publish.golden' });
  });

  test('a shape', async () => {
    const recorded = { inputs: [floats([1, 2], [1, 2])], outputs: [floats([2, 1], [1, 2])] };
    await expect(warm(await published('identity_fp32', [recorded]))).rejects.toMatchObject({
      message: expect.stringContaining('is FP32 [1, 2], recorded FP32 [2, 1]'),
    });
  });

  test('the second case', async () => {
    const good = same(floats([1, 1], [1]));
    const bad = { inputs: [floats([1, 1], [1])], outputs: [floats([1, 1], [9])] };
    await expect(warm(await published('identity_fp32', [good, bad]))).rejects.toMatchObject({ fields: { case: 2 } });
  });
});

describe('a version that does not serve is refused', () => {
  test('after some attempts, where its model cannot be loaded, with the reason', async () => {
    const manifest = await published('identity_fp32', []);
    at.server.versions.get('1')!.Environment!.Variables!['ONNWARD_STORE'] = 'file:/nowhere/at/all';
    await expect(warm(manifest)).rejects.toMatchObject({
      code: 'publish.not_ready',
      message: expect.stringContaining('503 the model is not ready'),
    });
    expect(at.server.calls.filter((call) => call === 'InvokeFunction 1')).toHaveLength(6);
  });

  test('at once, where it serves another version', async () => {
    const manifest = await published('identity_fp32', []);
    await expect(warm({ ...manifest, version: 2 })).rejects.toMatchObject({
      code: 'publish.not_ready',
      message: expect.stringContaining('404'),
    });
    expect(at.server.calls.filter((call) => call === 'InvokeFunction 1')).toHaveLength(1);
  });

  test('at once, where it crashes, with the end of its log', async () => {
    const manifest = await published('identity_fp32', []);
    at.server.answer = () =>
      new Crash('Runtime exited with error: signal: killed', 'one\nREPORT Max Memory Used: 512 MB\n');
    await expect(warm(manifest)).rejects.toMatchObject({
      code: 'publish.crashed',
      fix: expect.stringContaining('`memory`'),
      fields: { log: ['one', 'REPORT Max Memory Used: 512 MB'] },
    });
    at.server.answer = () => new Crash("Cannot find module 'x'");
    await expect(warm(manifest)).rejects.toMatchObject({ fix: expect.stringContaining('log') });
  });

  test('at once, where it answers with something else', async () => {
    const manifest = await published('identity_fp32', []);
    at.server.answer = () => 'hello';
    await expect(warm(manifest)).rejects.toMatchObject({ code: 'publish.crashed' });
  });
});

test('a model that takes its time is waited for', async () => {
  const manifest = await published('identity_fp32', []);
  let calls = 0;
  at.server.answer = ({ version, event }) =>
    ++calls < 12 ? { statusCode: 504, body: '' } : answerAsFunction(version, event);
  expect(await warm(manifest)).toEqual({ compared: 0, skipped: 0 });
});
