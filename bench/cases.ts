/** The models and the requests: every server gets the same bytes. */
export const MODELS = ['iris', 'mlp', 'cnn', 'large'] as const;
export type ModelName = (typeof MODELS)[number];

export type Encoding = 'json' | 'binary';

export const INPUTS: Record<ModelName, { readonly name: string; readonly shape: readonly number[] }> = {
  iris: { name: 'X', shape: [1, 4] },
  mlp: { name: 'input', shape: [1, 784] },
  cnn: { name: 'input', shape: [1, 3, 128, 128] },
  large: { name: 'input', shape: [1, 784] },
};

/** One request of the Open Inference Protocol. */
export interface Case {
  readonly model: ModelName;
  readonly encoding: Encoding;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Values as a client sends pixels or measurements: between 0 and 1, six decimals. The same ones every time. */
export function valuesOf(model: ModelName): Float32Array<ArrayBuffer> {
  const random = linearCongruential(7);
  const size = INPUTS[model].shape.reduce((product, dimension) => product * dimension, 1);
  return Float32Array.from({ length: size }, () => Math.round(random() * 1e6) / 1e6);
}

/** Numerical Recipes' generator: plenty for filler, and the same everywhere. */
function linearCongruential(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const caseOf = (model: ModelName, encoding: Encoding): Case =>
  encoding === 'json' ? jsonCase(model) : binaryCase(model);

function jsonCase(model: ModelName): Case {
  const { name, shape } = INPUTS[model];
  // Six decimals in the text, and not the seventeen of a float32 seen as a double: what a careful client sends.
  const data = Array.from(valuesOf(model), (value) => Number(value.toFixed(6)));
  const body = Buffer.from(JSON.stringify({ inputs: [{ name, datatype: 'FP32', shape, data }] }));
  return { model, encoding: 'json', headers: { 'Content-Type': 'application/json' }, body };
}

function binaryCase(model: ModelName): Case {
  const { name, shape } = INPUTS[model];
  const raw = Buffer.from(valuesOf(model).buffer);
  const parameters = { binary_data_size: raw.length };
  const request = {
    inputs: [{ name, datatype: 'FP32', shape, parameters }],
    parameters: { binary_data_output: true },
  };
  const header = Buffer.from(JSON.stringify(request));
  return {
    model,
    encoding: 'binary',
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(header.length),
    },
    body: Buffer.concat([header, raw]),
  };
}
