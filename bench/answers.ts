import type { Case } from './cases.ts';

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly data?: unknown;
  readonly parameters?: { readonly binary_data_size?: number };
}

/** Outputs by name, flat. */
export type Answer = ReadonlyMap<string, readonly number[]>;

/** Posts a request and reads the answer; undefined while the server is not there or not ready. */
export async function ask(url: string, request: Case): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { method: 'POST', headers: request.headers, body: new Uint8Array(request.body) });
    const body = Buffer.from(await response.arrayBuffer());
    return response.ok ? read(body, response.headers.get('inference-header-content-length')) : undefined;
  } catch {
    return undefined;
  }
}

function read(body: Buffer, headerLength: string | null): Answer {
  const length = headerLength === null ? body.length : Number(headerLength);
  const { outputs } = JSON.parse(body.toString('utf8', 0, length)) as { outputs: Output[] };
  let offset = length;
  return new Map(
    outputs.map(({ name, datatype, data, parameters }) => {
      const size = parameters?.binary_data_size;
      if (size === undefined) return [name, [data].flat(Infinity).map(Number)];
      const raw = body.subarray(offset, (offset += size));
      return [name, datatype === 'INT64' ? integers(raw) : floats(raw)];
    }),
  );
}

const floats = (raw: Buffer): number[] => Array.from({ length: raw.length / 4 }, (_, i) => raw.readFloatLE(i * 4));

const integers = (raw: Buffer): number[] =>
  Array.from({ length: raw.length / 8 }, (_, i) => Number(raw.readBigInt64LE(i * 8)));

/** Throws where an answer is not what ONNX Runtime itself says, within the last digits of float32. */
export function expectSame(who: string, actual: Answer | undefined, expected: Answer): void {
  for (const [name, values] of expected) {
    const got = actual?.get(name);
    const same = got?.length === values.length && values.every((value, i) => near(got[i] ?? Number.NaN, value));
    if (!same) throw new Error(`${who} answers ${name} = ${got?.join(', ')}, and ONNX Runtime ${values.join(', ')}`);
  }
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 + 1e-4 * Math.abs(b);
