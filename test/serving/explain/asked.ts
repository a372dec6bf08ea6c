import type { Manifest } from '#core/model/manifest.ts';
import type { Signature, TensorSpec } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import { createApp } from '#serving/app.ts';
import type { ExplainOptions } from '#serving/explain/answer.ts';
import { type Host, soleHost } from '#serving/host.ts';

export const spec = (name: string, datatype: TensorSpec['datatype'], ...shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

/** A model that is a function. */
export function modelOf(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  run: (inputs: readonly Tensor[]) => readonly Tensor[] | Promise<readonly Tensor[]>,
): LoadedModel {
  const signature: Signature = { inputs, outputs, unserved: [] };
  return { signature, statistics: {} as never, infer: async (given) => run(given), close: async () => undefined };
}

/** `score` of each row of one input of floats: as many outputs of floats as it gives. */
export const scoring = (width: number, score: (row: readonly number[]) => readonly number[], name = 'y'): LoadedModel =>
  modelOf(
    [spec('x', 'FP32', -1, width)],
    [spec(name, 'FP32', -1, score(Array.from({ length: width }, () => 0)).length)],
    ([x]) => {
      const rows = x!.shape[0]!;
      const all = Array.from({ length: rows }, (_, row) =>
        score([...(x!.data as Float32Array).subarray(row * width, (row + 1) * width)]),
      );
      return [{ datatype: 'FP32', shape: [rows, all[0]?.length ?? 0], data: Float32Array.from(all.flat()) }];
    },
  );

export function hostOf(model: LoadedModel, more: Partial<Manifest> = {}): Host {
  const { signature } = model;
  const manifest = { format: 1, name: 'm', version: 7, createdAt: '', graph: '', files: [], signature, provenance: {} };
  return soleHost({ name: 'm', version: 7, manifest: { ...manifest, ...more } as unknown as Manifest, model });
}

export interface Contribution {
  readonly feature: string;
  readonly value: unknown;
  readonly contribution: number;
  readonly error: number;
}

export interface Answered {
  readonly error: string;
  readonly explanations: readonly {
    readonly method: string;
    readonly exact: boolean;
    readonly evaluations: number;
    readonly background: object;
    readonly outputs: readonly {
      readonly prediction: number;
      readonly base: number;
      readonly contributions: readonly Contribution[];
      readonly rest?: number;
      readonly heat?: readonly (readonly number[])[];
    }[];
  }[];
}

/** Asks by the router, as every door does. */
export function asker(host: Host, explain: ExplainOptions = {}, maxBodyBytes = 2 ** 24) {
  const app = createApp(host, { maxBodyBytes }, { explain });
  return async (body: unknown, path = '/v1/models/m:explain'): Promise<{ status: number; body: Answered }> => {
    const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const response = await app.request(path, { method: 'POST', body: sent as string });
    return { status: response.status, body: (await response.json()) as Answered };
  };
}
