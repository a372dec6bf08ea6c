/** A request as every door hands it over: a verb and a path are the door's business, bytes and headers are ours. */
export interface BytesRequest {
  /** By lower-case name; undefined where it was not sent. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
  /** Outputs that the request asks for in no form are answered in binary. @default false */
  readonly prefersBinary?: boolean;
}

/** An answer, whole. `content-length` is left to the door. */
export interface BytesResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** What a door lets in. */
export interface Limits {
  /** Bytes of a request's body, as sent and again once it is inflated. */
  readonly maxBodyBytes: number;
}

export const JSON_TYPE = 'application/json';
