import { type Agent, request as httpRequest } from 'node:http';
import type { DoorResponse, Send } from './oip-client.ts';

/** A server as a door, spoken to by Node's plain client, which alters nothing. */
export const overHttp =
  (url: string, agent: Agent): Send =>
  ({ method, path, headers, body }) =>
    new Promise<DoorResponse>((resolve, reject) => {
      const bytes = body === undefined ? undefined : Buffer.from(body);
      const length = bytes && { 'content-length': String(bytes.length) };
      const request = httpRequest(
        new URL(url),
        { agent, method, path, headers: { ...headers, ...length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve({
              status: response.statusCode as number,
              headers: response.headers as Record<string, string | undefined>,
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
