import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';

/** One request to an API of AWS's JSON protocols: the operation's name (of a REST API, method and path), and its input. */
export interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Said {
  readonly status?: number;
  readonly body: object;
}

/** As these services refuse. */
export const refusal = (type: string, message = type, status = 400): Said => ({
  status,
  body: { __type: type, message },
});

/**
 * Answers as CloudWatch, its Logs and Step Functions do, in what a test lets it say; the environment leads every
 * client of this process there, until it is stopped.
 */
export async function jsonServer(answer: (asked: Asked) => Said) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const target = request.headers['x-amz-target'];
      const path = `${request.method} ${request.url}`;
      const operation = typeof target === 'string' ? target.replace(/^.*\./, '') : path;
      const one = { operation, input: (body === '' ? {} : JSON.parse(body)) as Record<string, unknown> };
      asked.push(one);
      const { status = 200, body: said } = answer(one);
      const type = request.headers['content-type'] ?? 'application/json';
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(said));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  return {
    asked,
    async stop() {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
