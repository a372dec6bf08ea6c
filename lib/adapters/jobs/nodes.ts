import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode, readDocument } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { nodeKey, type NodeDocument } from '#core/training/agent/snapshot.ts';
import { type Hosts, unknownHost } from '#core/training/contract/hosts.ts';
import { missingMain } from './job-errors.ts';
import { type Patience, patiently } from './patience.ts';

/** One of several machines of a job. */
export interface NodePlace {
  /** From 0, as whoever runs jobs counts them. */
  readonly index: number;
  readonly count: number;
  /** The index of the one that leads. */
  readonly main: number;
  /** Where that one is, as far as whoever runs jobs tells it the others. @default - it says so itself */
  readonly mainAddress?: string;
}

export interface NodesOptions {
  readonly store: ObjectStore;
  readonly training: string;
  /** The same on all machines, and another one each time that they begin. */
  readonly run: string;
  readonly nodes: NodePlace;
  readonly patience: Patience;
  readonly clock: Clock;
  /** Milliseconds to wait for the one that leads. @default - ten minutes */
  readonly waitMs?: number;
  /** @default - what this machine reaches others from */
  readonly address?: string;
}

const WAIT_MS = 600_000;
const EVERY_MS = 1_000;

/** Its place among the machines: the one that leads is the first, the others follow as they are counted. */
export const rankOf = ({ index, main }: NodePlace): number => {
  if (index === main) return 0;
  return index < main ? index + 1 : index;
};

/**
 * Tells the other machines where this one is, and gives what is known of them at once. Nobody waits for a machine behind the
 * first one: AWS Batch launches them when the first one's containers have all begun, its trainer too (AWS Batch user guide,
 * "Multi-node parallel jobs", job lifecycle). Throws `training.nodes` where the first one says nothing.
 */
export async function announce(options: NodesOptions): Promise<Hosts> {
  const { store, training, run, nodes, patience, clock } = options;
  const own = options.address ?? (await ownAddress());
  const document: NodeDocument = { at: new Date(clock()).toISOString(), address: own };
  await patiently(() => store.put(nodeKey(training, run, nodes.index), encode(document)), patience);
  const rank = rankOf(nodes);
  const main = rank === 0 ? own : (nodes.mainAddress ?? (await addressOfMain(options)));
  const known = new Map([
    [0, main],
    [rank, own],
  ]);
  const hosts = Array.from({ length: nodes.count }, (_, each) => known.get(each) ?? unknownHost(each));
  return { hosts, current: own, rank, networkInterface: interfaceOf(own) };
}

/** All of them, once each has told where it is; undefined until then. */
export async function findHosts(options: Omit<NodesOptions, 'clock' | 'waitMs'>): Promise<Hosts | undefined> {
  const { nodes } = options;
  const hosts: string[] = [];
  for (let index = 0; index < nodes.count; index++) {
    const address = await addressOf(index, options);
    if (address === undefined) return undefined;
    hosts[rankOf({ ...nodes, index })] = address;
  }
  const rank = rankOf(nodes);
  const current = hosts[rank] as string;
  return { hosts, current, rank, networkInterface: interfaceOf(current) };
}

async function addressOfMain(options: NodesOptions): Promise<string> {
  const { nodes, patience, waitMs = WAIT_MS } = options;
  const end = performance.now() + waitMs;
  for (;;) {
    const address = await addressOf(nodes.main, options);
    if (address !== undefined) return address;
    if (performance.now() > end) throw missingMain(nodes.main, Math.round(waitMs / 1000));
    await sleep(EVERY_MS, undefined, patience.signal && { signal: patience.signal });
  }
}

async function addressOf(
  index: number,
  { store, training, run, patience }: Pick<NodesOptions, 'store' | 'training' | 'run' | 'patience'>,
): Promise<string | undefined> {
  const document = await patiently(() => readDocument<NodeDocument>(store, nodeKey(training, run, index)), patience);
  return document?.address;
}

/** Any address behind the default route will do, for nothing is sent there: this one is for documentation (RFC 5737). */
const ELSEWHERE = '192.0.2.1';

/** The address that this machine reaches others from: it has several, those of its containers among them. */
async function ownAddress(): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, ELSEWHERE);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}

function interfaceOf(address: string): string {
  const all = Object.entries(networkInterfaces());
  return all.find(([, places]) => places?.some((place) => place.address === address))?.[0] ?? 'eth0';
}
