/** The binary tensors of the Open Inference Protocol, as a client writes and reads them by its specification. */

export interface FloatTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const LENGTH = 'inference-header-content-length';

/** A request whose tensors follow its JSON as raw bytes, and which asks for outputs of the same kind unless told not to. */
export function binaryRequest(tensors: readonly FloatTensor[], { binary = true } = {}) {
  const raw = tensors.map(({ values }) => Buffer.from(Float32Array.from(values).buffer));
  const inputs = tensors.map(({ name, shape }, index) => ({
    name,
    shape,
    datatype: 'FP32',
    parameters: { binary_data_size: raw[index]?.length },
  }));
  const header = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: binary } }));
  return {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', [LENGTH]: String(header.length) },
    body: Buffer.concat([header, ...raw]),
  };
}

interface BinaryOutput {
  readonly name: string;
  readonly shape: number[];
  readonly datatype: string;
  readonly parameters: { readonly binary_data_size: number };
}

/** The FP32 outputs of an answer whose tensors follow its JSON. */
export async function binaryOutputs(answer: Response): Promise<Record<string, number[]>> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  const length = Number(answer.headers.get(LENGTH));
  const { outputs } = JSON.parse(bytes.subarray(0, length).toString()) as { outputs: BinaryOutput[] };
  let offset = length;
  return Object.fromEntries(
    outputs.map(({ name, datatype, parameters: { binary_data_size: size } }) => {
      const part = bytes.subarray(offset, (offset += size));
      const aligned = part.buffer.slice(part.byteOffset, part.byteOffset + part.length);
      return [name, datatype === 'FP32' ? [...new Float32Array(aligned)] : []];
    }),
  );
}
