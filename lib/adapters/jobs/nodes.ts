import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode, readDocument } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { nodeKey, type NodeDocument } from '#core/training/agent/snapshot.ts';
import type { Hosts } from '#core/training/contract/config-files.ts';
import { missingNodes } from './job-errors.ts';
import { type Patience, patiently } from './patience.ts';

/** One of several machines of a job. */
export interface NodePlace {
  /** From 0, as whoever runs jobs counts them. */
  readonly index: number;
  readonly count: number;
  /** The index of the one that leads. */
  readonly main: number;
}

export interface NodesOptions {
  readonly store: ObjectStore;
  readonly training: string;
  /** The same on all machines, and another one each time that they begin. */
  readonly run: string;
  readonly nodes: NodePlace;
  readonly patience: Patience;
  readonly clock: Clock;
  /** Milliseconds to wait for the others. @default - ten minutes */
  readonly waitMs?: number;
  /** Milliseconds between two looks. @default - one second */
  readonly everyMs?: number;
  /** @default - what this machine reaches others from */
  readonly address?: string;
}

/** AWS Batch begins all machines of a job together, but their images come one by one. */
const WAIT_MS = 600_000;
const EVERY_MS = 1_000;

/** Its place among the machines: the one that leads is the first, the others follow as they are counted. */
export const rankOf = ({ index, main }: NodePlace): number => {
  if (index === main) return 0;
  return index < main ? index + 1 : index;
};

/** Tells the other machines that this one is there, and where. */
export async function announce(options: NodesOptions): Promise<string> {
  const { store, training, run, nodes, patience, clock } = options;
  const address = options.address ?? (await ownAddress());
  const document: NodeDocument = { at: new Date(clock()).toISOString(), address };
  await patiently(() => store.put(nodeKey(training, run, nodes.index), encode(document)), patience);
  return address;
}

/** Waits for all of them. Throws `training.nodes`. */
export async function awaitNodes(own: string, options: NodesOptions): Promise<Hosts> {
  const { nodes, patience, waitMs = WAIT_MS, everyMs = EVERY_MS } = options;
  const byRank: string[] = [];
  const end = performance.now() + waitMs;
  for (;;) {
    for (let index = 0; index < nodes.count; index++) {
      const rank = rankOf({ ...nodes, index });
      const address = byRank[rank] ?? (await addressOf(index, options));
      if (address !== undefined) byRank[rank] = address;
    }
    const there = Object.keys(byRank).length;
    if (there === nodes.count)
      return { hosts: byRank, current: own, rank: rankOf(nodes), networkInterface: interfaceOf(own) };
    if (performance.now() > end) throw missingNodes(there, nodes.count, Math.round(waitMs / 1000));
    await sleep(everyMs, undefined, patience.signal && { signal: patience.signal });
  }
}

async function addressOf(index: number, { store, training, run, patience }: NodesOptions): Promise<string | undefined> {
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
