import { connect } from 'node:net';

/** A request as it goes over the wire, and whether it is to be answered with 200. */
export interface WireRequest {
  readonly bytes: Buffer;
  readonly good: boolean;
}

export const wireRequest = (
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  good = true,
): WireRequest => {
  const content = Buffer.from(body);
  const fields = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': String(content.length),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return { bytes: Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`), content]), good };
};

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Sends requests over and over on some connections, each with one under way, until `count` are answered. `onRefusal` sees the
 * answers to those that are not good. Rejects where an answer has another outcome than its request is to have.
 */
export async function hammer(
  port: number,
  requests: readonly WireRequest[],
  count: number,
  connections: number,
  onRefusal: (answer: Buffer) => void,
): Promise<void> {
  let next = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      let asked: WireRequest | undefined;
      let answer: Buffer = Buffer.alloc(0);
      const ask = (): void => {
        if (next >= count) return void socket.end(resolve);
        asked = requests[next++ % requests.length] as WireRequest;
        socket.write(asked.bytes);
      };
      socket.on('data', (chunk: Buffer) => {
        answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
        const head = answer.indexOf(END_OF_HEAD);
        if (head === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(answer.toString('latin1', 0, head))?.[1]);
        if (answer.length < head + END_OF_HEAD.length + length) return;
        const good = answer.toString('latin1', 9, 12) === '200';
        if (good === asked?.good) {
          if (!good) onRefusal(answer);
          answer = Buffer.alloc(0);
          ask();
        } else socket.destroy(new Error(`unforeseen: ${answer.toString()}`));
      });
      socket.once('connect', ask).once('error', reject);
    });
  await Promise.all(Array.from({ length: connections }, work));
}
