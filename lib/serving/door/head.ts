/** The head of a request that the short door takes. */
export interface Head {
  readonly model: string;
  readonly version: string | undefined;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyBytes: number;
}

const REQUEST_LINE = /^POST \/v2\/models\/([A-Za-z0-9._-]+)(?:\/versions\/([A-Za-z0-9._-]+))?\/infer HTTP\/1\.1$/;

/** RFC 9112, 5: a token, a colon, a value of visible ASCII with spaces and tabs between; nothing folded. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)?)[ \t]*$/;

const LENGTH = /^\d{1,12}$/;

/**
 * Headers that change how a connection or a body is read: for Node's own parser, which knows all of it; and `prefer`, by
 * which a client may not want to wait for the answer, which the app knows.
 */
const OTHERS_BUSINESS = ['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'prefer'];

/**
 * Reads the head of an inference request, without the empty line behind it; undefined for every other request, and for
 * whatever is not plainly well-formed. There is no third outcome, so nothing is ever read here in another way than by
 * Node's parser, which gets the rest: what a proxy in front takes for one request is one request here.
 */
export function readHead(text: string): Head | undefined {
  const [requestLine, ...lines] = text.split('\r\n');
  const target = REQUEST_LINE.exec(requestLine as string);
  if (!target) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const field = FIELD.exec(line);
    const name = field?.[1]?.toLowerCase();
    if (name === undefined || headers.has(name)) return undefined;
    headers.set(name, field?.[2] as string);
  }
  const length = headers.get('content-length');
  if (length === undefined || !LENGTH.test(length) || !isPlain(headers)) return undefined;
  return { model: target[1] as string, version: target[2], headers, bodyBytes: Number(length) };
}

const isPlain = (headers: ReadonlyMap<string, string>): boolean =>
  headers.has('host') &&
  (headers.get('connection') ?? 'keep-alive').toLowerCase() === 'keep-alive' &&
  !OTHERS_BUSINESS.some((name) => headers.has(name));
