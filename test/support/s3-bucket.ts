import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse, type Seen, StandIn } from './s3-stand-in.ts';

/** Answers a request instead of the bucket, or does not. */
type Before = (method: string, path: string, response: ServerResponse) => boolean;

/** Objects by their paths, with as much of S3 as it takes to create and read them. */
export async function s3Bucket(before: Before = () => false) {
  const objects = new Map<string, { readonly bytes: Buffer; readonly type: string | undefined }>();
  async function respond({ method, path, headers }: Seen, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(response.req);
    const [key = '', query = ''] = path.split('?');
    if (before(method, key, response)) return;
    const there = objects.get(key);
    if (method === 'PUT') {
      if (there && headers['if-none-match'] === '*') return refuse(response, 412, 'PreconditionFailed');
      objects.set(key, { bytes, type: headers['content-type'] });
      return void response.writeHead(200, { etag: '"1"' }).end();
    }
    if (!there) return refuse(response, 404, 'NoSuchKey');
    const type = new URLSearchParams(query).get('response-content-type') ?? there.type ?? 'binary/octet-stream';
    return send(response, there.bytes, headers.range, { etag: '"1"', 'content-type': type });
  }
  const server = await StandIn.listen((request, response) => void respond(request, response));
  return { objects, server };
}

function send(
  response: ServerResponse,
  bytes: Buffer,
  range: string | undefined,
  headers: Record<string, string>,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
    return;
  }
  if (Number(from) >= bytes.length) return refuse(response, 416, 'InvalidRange');
  const part = bytes.subarray(Number(from), Number(to) + 1);
  const place = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  response.writeHead(206, { ...headers, 'content-range': place, 'content-length': part.length }).end(part);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
}
