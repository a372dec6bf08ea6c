import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { soleHost } from '#serving/host.ts';
import { inferInProcess } from '#serving/in-process.ts';
import { infer } from '#serving/protocols/oip/infer.ts';
import { recording } from '#serving/split/recording.ts';
import { floats, tensor } from '../../support/models.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

/** A fixture that is recorded; the recorder takes what `wants` says. */
async function recorded(fixtureName: string, wants = () => true) {
  const { registry, load } = await newRegistry();
  const manifest = await registerFixture(registry, 'm', fixtureName);
  const kept: RecordedRequest[] = [];
  const model = await load(manifest);
  const recorder = { wants, add: (name: string, one: RecordedRequest) => void (name === 'm' && kept.push(one)) };
  return { manifest, model, wrapped: recording(model, manifest, recorder, () => 1000), kept };
}

const question = floats([1, 4], [1.5, -0, 3e-9, 4]);

describe('a model whose requests are recorded', () => {
  test('keeps question and answer as JSON that says the same again', async () => {
    const { manifest, model, wrapped, kept } = await recorded('mlp_rows');
    const answer = await wrapped.infer([question]);
    expect(answer).toEqual(await model.infer([question]));
    expect(kept).toEqual([
      { at: 1000, version: 1, request: expect.any(String), response: expect.any(String), ms: expect.any(Number) },
    ]);
    const [{ request, response }] = kept as [RecordedRequest];
    const served = { name: 'm', version: 1, manifest, model };
    const again = JSON.parse(await inferInProcess(served, request)) as object;
    expect(JSON.parse(response)).toEqual(again);
    expect(JSON.parse(response)).toMatchObject({ model_name: 'm', model_version: '1', outputs: [{ name: 'y' }] });
  });

  test('keeps what was asked with binary tensors, too, and nothing of its headers or its id', async () => {
    const { manifest, wrapped, kept } = await recorded('identity_fp32');
    const host = soleHost({ name: 'm', version: 1, manifest, model: wrapped });
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }];
    const json = Buffer.from(JSON.stringify({ id: 'secret-id', inputs }));
    const body = Buffer.concat([json, Buffer.from(Float32Array.of(1, 2).buffer)]);
    const headers: Record<string, string> = {
      'inference-header-content-length': String(json.length),
      authorization: 'k',
    };
    const limits = { maxBodyBytes: 1000 };
    const answer = await infer(host, 'm', undefined, { header: (name) => headers[name], body }, limits);
    expect(answer.status).toBe(200);
    expect(JSON.parse(kept[0]?.request as string)).toEqual({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }],
    });
    expect(JSON.stringify(kept)).not.toContain('secret');
  });

  test('keeps nothing of what is asked for our own purposes', async () => {
    const { wrapped, kept } = await recorded('mlp_rows');
    await wrapped.infer([question], { aside: true });
    expect(kept).toEqual([]);
  });

  test('keeps text and whole numbers of 64 bits', async () => {
    const text = await recorded('identity_bytes');
    await text.wrapped.infer([tensor('BYTES', [1, 2], ['"ü"', ''])]);
    expect(JSON.parse(text.kept[0]?.response as string)).toMatchObject({ outputs: [{ data: ['"ü"', ''] }] });
    const whole = await recorded('identity_int64');
    await whole.wrapped.infer([tensor('INT64', [1, 1], BigInt64Array.of(2n ** 63n - 1n))]);
    expect(whole.kept[0]?.request).toContain('9223372036854775807');
  });

  test.each([
    ['what is not wanted', 'identity_fp32', floats([1, 1], [1]), false],
    ['what JSON has no number for', 'identity_fp32', floats([1, 1], [NaN]), true],
    [
      'what is very large',
      'identity_fp32',
      floats(
        [1, 100_001],
        Array.from({ length: 100_001 }, () => 0),
      ),
      true,
    ],
  ])('leaves out %s, and answers it', async (_, fixtureName, input, wanted) => {
    const { wrapped, kept } = await recorded(fixtureName, () => wanted);
    expect(await wrapped.infer([input])).toEqual([input]);
    expect(kept).toEqual([]);
  });

  test('keeps nothing of a request that failed', async () => {
    const { wrapped, kept } = await recorded('lookup');
    await expect(wrapped.infer([tensor('INT64', [1], BigInt64Array.of(9n))])).rejects.toMatchObject({
      code: 'model.run_failed',
    });
    expect(kept).toEqual([]);
  });

  test('is otherwise the same model', async () => {
    const { model, wrapped } = await recorded('mlp_rows', () => false);
    await wrapped.infer([question]);
    expect(wrapped.signature).toBe(model.signature);
    expect(wrapped.statistics).toBe(model.statistics);
    expect(model.statistics.success.count).toBe(1);
    await wrapped.close();
    await expect(model.infer([question])).rejects.toMatchObject({ code: 'model.closing' });
  });
});
