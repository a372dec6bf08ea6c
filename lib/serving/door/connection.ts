import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { BytesRequest, BytesResponse } from '#serving/message.ts';
import { JSON_LENGTH_HEADER } from '#serving/protocols/oip/frame.ts';
import { readHead, type Head } from './head.ts';

/** What a connection needs of its door. */
export interface ConnectionOwner {
  readonly maxBodyBytes: number;
  answer(head: Head, request: BytesRequest): Promise<BytesResponse>;
  /** Gives the socket, with the bytes that were read of a request, to Node's own HTTP server for good. */
  handOver(connection: Connection, unread: Buffer): void;
  closed(connection: Connection): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The largest element, and so what every typed array can start at, bytes. */
const WORD = 8;

/** A connection keeps no more memory than this from request to request, bytes. */
const KEPT = 1024 * 1024;

/**
 * One client's connection for as long as it sends plain inference requests, which are answered one after another. The
 * first that is anything else takes the connection to Node's HTTP server, where nothing is different but the time.
 */
export class Connection {
  readonly socket: Socket;
  readonly #owner: ConnectionOwner;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that must have come before it is worth looking at them again. */
  #needed = 1;
  /** The head before, as text: clients repeat themselves, and comparing is quicker than reading. */
  #lastText = '';
  #lastHead: Head | undefined;
  /** Holds the body of the request under way, where it came in pieces. */
  #memory = Buffer.alloc(0);
  #busy = false;
  #closing = false;
  #ended = false;
  /** When the first byte came of a request that is not whole yet, ms; 0 where none is on its way. */
  receivingSince = 0;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket;
    this.#owner = owner;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.on('timeout', this.#onTimeout);
  }

  /** Ends it after the answer under way. */
  close(): void {
    this.#closing = true;
    if (!this.#busy) this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#busy) this.socket.pause();
    else if (this.#size >= this.#needed) this.#next();
  };

  /** The client has said all it will say: what it sent whole is still answered. */
  readonly #onEnd = (): void => {
    this.#ended = true;
    if (!this.#busy) this.socket.end();
  };

  readonly #onError = (): void => this.destroy();
  readonly #onClose = (): void => this.#owner.closed(this);
  readonly #onTimeout = (): void => {
    if (!this.#busy) this.destroy();
  };

  /** Takes the next request from what was received, or waits for the rest of it. */
  #next(): void {
    const first = this.#chunks[0] as Buffer;
    const headEnd = first.indexOf(HEAD_END);
    const head = headEnd < 0 ? undefined : this.#headOf(first.toString('latin1', 0, headEnd));
    if (!head || head.bodyBytes > this.#owner.maxBodyBytes) return this.#handOver(Buffer.concat(this.#chunks));
    const start = headEnd + HEAD_END.length;
    const end = start + head.bodyBytes;
    if (this.#size < end) return this.#await(end);
    const body = first.length < end ? this.#assemble(start, head) : first.subarray(start, end);
    this.#keep(this.#size - end);
    void this.#serve(head, body);
  }

  #headOf(text: string): Head | undefined {
    if (text !== this.#lastText) {
      this.#lastHead = readHead(text);
      this.#lastText = text;
    }
    return this.#lastHead;
  }

  #await(needed: number): void {
    // What was answered still goes out; half a request is none.
    if (this.#ended) return void this.socket.end();
    this.#needed = needed;
    if (this.receivingSince === 0) this.receivingSince = performance.now();
  }

  /** A body that came in pieces, placed so that raw tensors behind its JSON are aligned and can be read where they are. */
  #assemble(start: number, { headers, bodyBytes }: Head): Buffer {
    const jsonBytes = Number(headers.get(JSON_LENGTH_HEADER) ?? 0);
    const shift = (WORD - (jsonBytes % WORD || 0)) % WORD;
    const body = this.#room(shift + bodyBytes).subarray(shift, shift + bodyBytes);
    let at = 0;
    for (const [i, chunk] of this.#chunks.entries()) {
      const from = i === 0 ? start : 0;
      const copied = chunk.copy(body, at, from);
      at += copied;
      if (from + copied === chunk.length) free(chunk);
    }
    return body;
  }

  /** Memory of the connection's own, used again: no two of its requests are under way at once, and no answer is made of it. */
  #room(bytes: number): Buffer {
    if (bytes > KEPT) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(bytes);
    return this.#memory;
  }

  /** Keeps the last `bytes` that were received, which belong to the next request. */
  #keep(bytes: number): void {
    const last = this.#chunks.at(-1) as Buffer;
    this.#chunks = bytes > 0 ? [last.subarray(last.length - bytes)] : [];
    this.#size = bytes;
    this.#needed = 1;
    this.receivingSince = 0;
  }

  async #serve(head: Head, body: Buffer): Promise<void> {
    this.#busy = true;
    const response = await this.#owner.answer(head, { header: (name) => head.headers.get(name), body });
    this.#busy = false;
    if (this.socket.destroyed) return;
    const flushed = this.#write(response);
    if (this.#closing) this.socket.end();
    else if (flushed) this.#continue();
    else this.socket.once('drain', () => this.#continue());
  }

  #continue(): void {
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#busy) return;
    if (this.#size > 0) this.#next();
    else if (this.#ended) this.socket.end();
  }

  /** One write: the head and a text go as one string, and bytes are appended to the head. False where the client lags. */
  #write({ status, headers, body }: BytesResponse): boolean {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    head += `content-length: ${bytes}\r\ndate: ${httpDate()}\r\n${this.#closing ? 'connection: close\r\n' : ''}\r\n`;
    if (typeof body !== 'string') return this.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
    return this.socket.write(head + body, bytes === body.length ? 'latin1' : 'utf8');
  }

  #handOver(unread: Buffer): void {
    this.socket.off('data', this.#onData);
    this.socket.off('end', this.#onEnd);
    this.socket.off('error', this.#onError);
    this.socket.off('close', this.#onClose);
    this.socket.off('timeout', this.#onTimeout);
    this.#owner.handOver(this, unread);
  }
}

/**
 * Gives the memory of a chunk that was copied back at once. Left to the garbage collector, which sees little of it in
 * JavaScript's heap, the chunks of large bodies made it run seven times a second, for an eighth of a core.
 */
function free({ buffer, length }: Buffer): void {
  if (buffer.byteLength === length) (buffer as ArrayBuffer).transfer(0);
}

let dateText = '';
let dateSecond = 0;

/** The `date` of an answer (RFC 9110, 6.6.1), made once a second. */
function httpDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}
