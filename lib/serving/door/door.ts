import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '#core/ports.ts';
import type { Host } from '#serving/host.ts';
import type { Limits } from '#serving/message.ts';
import { infer } from '#serving/protocols/oip/infer.ts';
import { Connection, type ConnectionOwner } from './connection.ts';

/** How often requests that come in too slowly are looked for, ms. */
const SWEEP_MS = 5000;

/**
 * The short door of a long-running server: inference requests go from the socket to the protocol and back. Node's HTTP
 * server spends more time on a small model's request than the parser, ONNX Runtime and the writer together (bench/), so
 * it gets only the connections that ask for something else; both ways answer alike, to one contract suite.
 */
export class Door {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #owner: ConnectionOwner;
  readonly #idleMs: number;
  readonly #sweeper: NodeJS.Timeout;

  /** Stands before the connections of `server`, which has not begun to listen. */
  constructor(server: Server, host: Host, limits: Limits, idleMs: number, metrics: Metrics) {
    this.#server = server;
    this.#idleMs = idleMs;
    const [toServer] = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#owner = {
      maxBodyBytes: limits.maxBodyBytes,
      answer: (head, request) => infer(host, head.model, head.version, request, limits, metrics),
      handOver: (connection, unread) => {
        this.#connections.delete(connection);
        connection.socket.setTimeout(0);
        toServer?.call(server, connection.socket);
        connection.socket.unshift(unread);
        connection.socket.resume();
      },
      closed: (connection) => this.#connections.delete(connection),
    };
    this.#sweeper = setInterval(() => this.#endSlowOnes(), SWEEP_MS).unref();
  }

  /** Ends every connection after the answer under way on it. */
  close(): void {
    clearInterval(this.#sweeper);
    for (const connection of this.#connections) connection.close();
  }

  #accept(socket: Socket): void {
    socket.setTimeout(this.#idleMs);
    this.#connections.add(new Connection(socket, this.#owner));
  }

  #endSlowOnes(): void {
    const since = performance.now() - this.#server.requestTimeout;
    for (const connection of this.#connections) {
      if (connection.receivingSince > 0 && connection.receivingSince < since) connection.destroy();
    }
  }
}
