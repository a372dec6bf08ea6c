import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FolderOfObjects, FolderRequests } from '#adapters/local/requests.ts';
import { openFunction } from '#adapters/local/workflow/functions.ts';
import type { ArrivalEvent, TaskEvent } from '#core/batch/events.ts';
import { bodyKey, type RequestName } from '#core/batch/requests.ts';
import { PIN } from '#core/deployment/names.ts';
import type { ObjectStore } from '#core/ports.ts';
import { RequestQueue } from '#serving/async/queue.ts';
import { AsyncRequests } from '#serving/async/requests.ts';
import { say } from './output.ts';

/** How often requests that have expired are looked for, ms. */
const SWEEP_MS = 10 * 60_000;
/** How long a request may go on being answered once the server has been told to stop, ms. */
const GRACE_MS = 5_000;

/** Requests that this machine takes in, and answers in the background. */
export interface LocalRequests {
  readonly requests: AsyncRequests;
  /** Takes up what an earlier process has left. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * By the function that AWS answers them with, in a process of its own: a large one takes no memory of the server's, nor a
 * turn of its event loop. Undefined for a store that is no folder, or that cannot be written.
 */
export async function openRequests(store: ObjectStore): Promise<LocalRequests | undefined> {
  if (!isFolder(store) || !(await isWritable(store.url.slice('file:'.length)))) return undefined;
  const worker = openFunction({
    handler: 'functions/batch/handler.ts',
    processes: 1,
    environment: { [PIN.store]: store.url },
  });
  const queue = new RequestQueue({
    answer: async (name) => void (await worker.invoke(arrivalOf(store, name))),
    onFailure: ({ model, id }, error) =>
      say(`warning: ${model} left request ${id} pending: ${(error as Error).message}`),
  });
  const folder = new FolderRequests(store);
  const requests = new AsyncRequests({ store: folder, clock: Date.now, onArrival: (name) => queue.add(name) });
  const sweep = async () => (await folder.sweep(Date.now())).forEach((name) => queue.add(name));
  const timer = setInterval(() => void sweep().catch(warn), SWEEP_MS).unref();
  return {
    requests,
    start: () => sweep().catch(warn),
    async close() {
      clearInterval(timer);
      await Promise.all([queue.close(), worker.close(GRACE_MS)]);
    },
  };
}

const isFolder = (store: ObjectStore): store is FolderOfObjects => store.localPath !== undefined;

/** A folder that is not there yet is where its parent can be written; none is made for want of requests. */
async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && isWritable(dirname(folder));
  }
}

/** As S3 would tell of it. */
function arrivalOf({ url }: ObjectStore, name: RequestName): TaskEvent {
  const detail = { bucket: { name: url }, object: { key: bodyKey(name) } };
  const input: ArrivalEvent = { 'detail-type': 'Object Created', detail };
  return { task: 'plan', execution: name.id, input };
}

const warn = (error: unknown): void =>
  say(`warning: requests could not be looked through: ${(error as Error).message}`);
