import { connect, type Socket } from 'node:net';

/** What came back for one request. */
export interface Reply {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** One kept connection, which asks one request at a time: little besides the bytes, so that the server is what is measured. */
export class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #pending: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;

  constructor(hostname: string, port: number) {
    this.#socket = connect({ host: hostname, port, noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('close', () => this.#lose(new Error('the connection was closed')));
  }

  /** Rejects where the connection ends before the answer is whole. */
  ask(request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the connection is closed'));
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const head = bytes.indexOf(HEAD_END);
    if (head < 0) return;
    const text = bytes.toString('latin1', 0, head);
    const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1]);
    const start = head + HEAD_END.length;
    if (bytes.length < start + length) return;
    this.#chunks = [];
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve({
      status: Number(text.slice(9, 12)),
      head: text.slice(0, head),
      body: bytes.toString('utf8', start, start + length),
    });
  }

  #lose(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}

/** The bytes of an inference request. */
export function inferenceRequest(model: string, body: string): Buffer {
  const head = `POST /v2/models/${model}/infer HTTP/1.1\r\nhost: load\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}
