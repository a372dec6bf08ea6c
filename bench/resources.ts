import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { command } from './cache.ts';
import { caseOf, type ModelName } from './cases.ts';
import { load } from './load.ts';
import type { Durations, Memory } from './results.ts';
import type { Server } from './servers.ts';
import { median } from './statistics.ts';
import { startServer } from './throughput.ts';

/** Requests go out in pieces of this length, seconds; wrk knows no count. */
const PIECE_SECONDS = 2;

/** One mark must be reached within this, ms: a server that answers nothing must not keep us for ever. */
const MARK_LIMIT_MS = 15 * 60_000;

/** Garbage is collected when a server has nothing to do. */
const SETTLE_MS = 2000;

/** Resident memory after so many requests, in every encoding that the server has, 16 at once. */
export async function measureMemory(server: Server, model: ModelName, marks: readonly number[]): Promise<Memory> {
  const { url, running } = await startServer(server, model, 1);
  try {
    const after: { requests: number; bytes: number }[] = [];
    let requests = 0;
    for (const mark of marks) {
      const end = performance.now() + MARK_LIMIT_MS;
      for (let piece = 0; requests < mark; piece++) {
        if (performance.now() > end) throw new Error(`${server.name} answered ${requests} of ${mark} requests in time`);
        const encoding = server.encodings[piece % server.encodings.length] ?? 'json';
        requests += (await load(url, caseOf(model, encoding), 16, PIECE_SECONDS)).requests;
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      after.push({ requests, bytes: running.memory() });
    }
    const line = after.map(({ requests, bytes }) => `${Math.round(bytes / 1e6)} MB after ${requests}`);
    console.log(`memory of ${server.name}, ${model}: ${line.join(', ')} requests`);
    return { server: server.name, model, after };
  } finally {
    await running.stop();
  }
}

/** Spawn to the first answer of the large model, with all cores to start on. */
export async function measureStart(servers: readonly Server[], rounds: number): Promise<Durations[]> {
  const times = servers.map((): number[] => []);
  // One round more than is counted: the first reads every program from the disk.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, server] of servers.entries()) {
      const { running } = await startServer(server, 'large', server.name === 'onnward' ? availableParallelism() : 1);
      if (round > 0) times[i]?.push(running.readyMs);
      await running.stop();
    }
  }
  return report('start', servers, times);
}

const LOADING = fileURLToPath(import.meta.resolve('./loading.ts'));

/** The large model, loaded bare and by Onnward's engine, each in a fresh process. */
export async function measureLoading(rounds: number): Promise<Durations[]> {
  const ways = [{ name: 'bare' }, { name: 'engine' }];
  const times = ways.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { name }] of ways.entries()) {
      const milliseconds = Number(await command(process.execPath, [LOADING, name]));
      if (round > 0) times[i]?.push(milliseconds);
    }
  }
  return report('loading', ways, times);
}

function report(what: string, subjects: readonly { name: string }[], times: readonly number[][]): Durations[] {
  const all = subjects.map(({ name }, i) => ({ name, rounds: times[i] ?? [] }));
  console.log(`${what}: ${all.map(({ name, rounds }) => `${name} ${Math.round(median(rounds))} ms`).join(', ')}`);
  return all;
}
