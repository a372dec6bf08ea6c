import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe } from 'vitest';
import { S3Inputs } from '#adapters/aws/s3-inputs.ts';
import { S3Reader } from '#adapters/aws/s3-reader.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { type InputPlace, inputReaderContract } from '../contracts/input-reader.ts';
import { objectStoreContract, type Place } from '../contracts/object-store.ts';
import { registryContract } from '../contracts/registry/contract.ts';
import type { S3Server } from './servers.ts';

/** The same place, of which a function reads. */
const readWithoutSdk =
  (open: Place, { environment: env }: S3Server): Place =>
  async () => {
    const store = await open();
    const reader = S3Reader.open(store.url, { env });
    return {
      url: reader.url,
      get: (key) => reader.get(key),
      read: (key) => reader.read(key),
      put: (...write) => store.put(...write),
      write: (...write) => store.write(...write),
      list: (...prefix) => store.list(...prefix),
      folders: (prefix) => store.folders(prefix),
    };
  };

async function inputPlace({ config, client }: S3Server, bucket: string): Promise<InputPlace> {
  const prefix = `inputs/${randomUUID()}`;
  const named = (key: string) => ({ Bucket: bucket, Key: `${prefix}/${key}` });
  return {
    reader: S3Inputs.open(`s3://${bucket}/${prefix}`, config),
    put: async (key, bytes) => void (await client.send(new PutObjectCommand({ ...named(key), Body: bytes }))),
    remove: async (key) => void (await client.send(new DeleteObjectCommand(named(key)))),
  };
}

/** All contracts on a server, in a bucket that keeps versions and in one that does not. */
export function s3Contract(start: () => Promise<S3Server>): void {
  let server: S3Server;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  describe.each([
    ['a plain bucket', 'plain', false],
    ['a versioned bucket', 'versioned', true],
  ])('%s', (_, bucket, versioned) => {
    beforeAll(() => server.createBucket(bucket, { versioned }));

    const place = async (): Promise<Place> => {
      const url = `s3://${bucket}/${randomUUID()}`;
      return async () => S3Store.open(url, server.config);
    };

    describe('object store', () => objectStoreContract({ place, many: 1100 }));
    describe('object store, read without the SDK', () =>
      objectStoreContract({ place: async () => readWithoutSdk(await place(), server), many: 10 }));
    describe('input reader', () => inputReaderContract(() => inputPlace(server, bucket)));
    describe('registry', () =>
      registryContract({
        place,
        remove: (store, key) => server.remove(bucket, `${store.url.slice(`s3://${bucket}/`.length)}/${key}`),
      }));
  });
}
