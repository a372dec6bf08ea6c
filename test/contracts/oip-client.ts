import { DATATYPES, type Datatype, type TensorData } from '#core/model/datatypes.ts';

export interface DoorRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE';
  /** As it stands in the request line: percent-encoded, from `/`. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface DoorResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came over the wire: still packed where `content-encoding` says so. */
  readonly body: Uint8Array;
}

/** Sends one request through the door under test. */
export type Send = (request: DoorRequest) => Promise<DoorResponse>;

/** A web handler, such as a Hono app, as a door. */
export function overFetch(fetch: (request: Request) => Response | Promise<Response>): Send {
  return async ({ method, path, headers, body }) => {
    const init = { method, ...(headers && { headers }), ...(body !== undefined && { body: Buffer.from(body) }) };
    const response = await fetch(new Request(`http://door${path}`, init));
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };
}

export const HEADER = 'inference-header-content-length';

/** An output of an answer as the protocol has it. */
interface AnsweredOutput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: number[];
  readonly data?: unknown[];
  readonly parameters?: { readonly binary_data_size?: number };
}

export interface Answer {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly parameters?: Record<string, unknown>;
  readonly outputs: AnsweredOutput[];
}

/** The JSON of an answer, and what stands behind it. */
export function split({ headers, body }: DoorResponse): { answer: Answer; text: string; raw: Buffer } {
  const length = Number(headers[HEADER] ?? body.length);
  const text = Buffer.from(body.subarray(0, length)).toString('utf8');
  return { answer: JSON.parse(text) as Answer, text, raw: Buffer.from(body.subarray(length)) };
}

/** JSON and raw tensors in one body, with the header that says where the JSON ends. */
export function frame(json: object, ...raw: readonly Uint8Array[]): Pick<DoorRequest, 'headers' | 'body'> {
  const head = Buffer.from(JSON.stringify(json));
  return { headers: { [HEADER]: String(head.length) }, body: Buffer.concat([head, ...raw]) };
}

/** The raw form, written here apart from the code under test. */
export function rawOf(datatype: Datatype, data: TensorData): Buffer {
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (DATATYPES[datatype].size !== 0) throw new Error(`${datatype} is not text`);
  return Buffer.concat(
    data.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
}

/** An inference request of one input `x`, by the text of its data. */
export const jsonRequest = (datatype: Datatype, shape: readonly number[], data: string, rest = ''): string =>
  `{"inputs":[{"name":"x","shape":[${shape.join(',')}],"datatype":"${datatype}","data":${data}}]${rest}}`;
