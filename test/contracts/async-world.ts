import { FolderStore } from '#adapters/local/folder-store.ts';
import { FolderRequests } from '#adapters/local/requests.ts';
import type { RequestName, RequestStore } from '#core/batch/requests.ts';
import type { Signature } from '#core/model/signature.ts';
import { answerRequest } from '#serving/async/answer.ts';
import { AsyncRequests } from '#serving/async/requests.ts';
import type { Host } from '#serving/host.ts';
import { newFolder } from '../support/folders.ts';
import { ECHOES, echoModel } from './echo-model.ts';
import { contractHost } from './oip-host.ts';

/** What a door that takes requests in stands on, with a clock that a test sets. */
export interface AsyncWorld {
  readonly host: Host;
  readonly store: FolderStore;
  readonly folder: FolderRequests;
  readonly requests: AsyncRequests;
  /** What has arrived, and is not answered. */
  readonly arrived: RequestName[];
  /** Milliseconds since 1970. */
  now: number;
  /** Answers all that has arrived, as whoever does it in the background. */
  answerAll(): Promise<void>;
}

export const NOON = Date.parse('2026-11-22T12:00:00Z');

/** Over models in memory and a folder; `dress` may change what the store looks like to the door. */
export async function newAsyncWorld(dress = (store: RequestStore): RequestStore => store): Promise<AsyncWorld> {
  const host = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
  const store = await FolderStore.open(newFolder());
  const folder = new FolderRequests(store);
  const arrived: RequestName[] = [];
  const world: AsyncWorld = {
    host,
    store,
    folder,
    arrived,
    now: NOON,
    requests: new AsyncRequests({
      store: dress(folder),
      clock: () => world.now,
      onArrival: (name) => arrived.push(name),
    }),
    async answerAll() {
      const open = async ({ name, version }: { name: string; version: number }) => host.find(name, String(version));
      for (const name of arrived.splice(0)) await answerRequest({ store, clock: () => world.now, open }, name);
    },
  };
  return world;
}
