import { Agent } from 'node:http';
import { afterAll, describe } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { Feedback } from '#serving/feedback/feedback.ts';
import { startServer, type RunningServer } from '#serving/server.ts';
import { oipBadRequestContract } from '../../contracts/oip-bad-requests.ts';
import { MAX_BODY_BYTES, oipDoorContract } from '../../contracts/oip-door.ts';
import type { Send } from '../../contracts/oip-client.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { overHttp } from '../../contracts/over-http.ts';
import { receiptsDoorContract } from '../../contracts/receipts-door.ts';
import { sagemakerDoorContract } from '../../contracts/sagemaker-door.ts';
import { fixture } from '../../support/models.ts';

const servers: RunningServer[] = [];
const agents: Agent[] = [];
afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await Promise.all(servers.map((server) => server.close()));
});

/** A real server on a port of its own, over ONNX Runtime, spoken to by Node's plain client, which alters nothing. */
async function open(feedback?: Feedback): Promise<Send> {
  const engine = createEngine({ workers: 1 });
  const host = await contractHost((name) => engine.load(fixture(name)));
  const server = await startServer(host, { port: 0, maxBodyBytes: MAX_BODY_BYTES, feedback });
  const agent = new Agent({ keepAlive: true });
  servers.push(server);
  agents.push(agent);
  return overHttp(server.url, agent);
}

describe('the server, over ONNX Runtime', () => {
  oipDoorContract(() => open());
  oipBadRequestContract(() => open());
  sagemakerDoorContract(() => open());
  receiptsDoorContract(open);
});
