import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { expectKillsWithoutHarm, expectRaceWithoutLoss } from '../contracts/registry/writers.ts';
import type { S3Server } from './servers.ts';

export interface Repeats {
  /** Of each of the 8 writers. */
  readonly turns: number;
  readonly kills: number;
}

/** Races and kills of writer processes on a server, in a bucket that keeps versions. */
export function s3Writers(start: () => Promise<S3Server>, { turns, kills }: Repeats): void {
  let server: S3Server;

  beforeAll(async () => {
    server = await start();
    await server.createBucket('writers', { versioned: true });
  });
  afterAll(() => server?.stop());

  const newStore = (): S3Store => S3Store.open(`s3://writers/${randomUUID()}`, server.config);

  test(`8 processes race for ${8 * turns} versions, ${turns} each, and lose none`, async () => {
    await expectRaceWithoutLoss({ store: newStore(), writers: 8, turns, environment: server.environment });
  });

  test(`${kills} kills leave each version whole or not there`, async () => {
    await expectKillsWithoutHarm({ store: newStore(), kills, environment: server.environment });
  });
}
