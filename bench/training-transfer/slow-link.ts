import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A way to a server on this machine with what S3's has: `slow-link.ts PORT MEGABYTES_A_SECOND MILLISECONDS` listens on a free
 * port, prints it, and lets each connection have so much, and each answer begin so late.
 */
const [target, rate, latency] = process.argv.slice(2).map(Number) as [number, number, number];

/** Behind by less than this nothing is held up: a timer is no finer, ms. */
const GRAIN_MS = 4;

async function pass(from: Socket, to: Socket, askedAt: () => number): Promise<void> {
  let free = 0;
  let answered = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const asked = askedAt();
    if (asked > answered) free = Math.max(free, asked + latency);
    answered = performance.now();
    free = Math.max(free, answered) + chunk.length / (rate * 1000);
    if (free - answered > GRAIN_MS) await sleep(free - answered);
    if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
  }
  to.end();
}

const server = createServer((client) => {
  const upstream = connect(target, '127.0.0.1');
  let asked = 0;
  client.on('data', (chunk) => {
    asked = performance.now();
    upstream.write(chunk);
  });
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const)
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  pass(upstream, client, () => asked).catch(() => client.destroy());
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
