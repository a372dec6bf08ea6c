import { Agent, request as httpRequest } from 'node:http';
import { afterAll, describe } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { startServer, type RunningServer } from '#serving/server.ts';
import { oipBadRequestContract } from '../../contracts/oip-bad-requests.ts';
import { MAX_BODY_BYTES, oipDoorContract } from '../../contracts/oip-door.ts';
import type { DoorRequest, DoorResponse, Send } from '../../contracts/oip-client.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { sagemakerDoorContract } from '../../contracts/sagemaker-door.ts';
import { fixture } from '../../support/models.ts';

const servers: RunningServer[] = [];
const agents: Agent[] = [];
afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await Promise.all(servers.map((server) => server.close()));
});

/** A real server on a port of its own, over ONNX Runtime, spoken to by Node's plain client, which alters nothing. */
async function open(): Promise<Send> {
  const engine = createEngine({ workers: 1 });
  const host = await contractHost((name) => engine.load(fixture(name)));
  const server = await startServer(host, { port: 0, maxBodyBytes: MAX_BODY_BYTES });
  const agent = new Agent({ keepAlive: true });
  servers.push(server);
  agents.push(agent);
  return (request) => exchange(server.url, agent, request);
}

const exchange = (url: string, agent: Agent, { method, path, headers, body }: DoorRequest): Promise<DoorResponse> =>
  new Promise((resolve, reject) => {
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

describe('the server, over ONNX Runtime', () => {
  oipDoorContract(open);
  oipBadRequestContract(open);
  sagemakerDoorContract(open);
});
