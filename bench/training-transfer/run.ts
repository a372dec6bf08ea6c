/**
 * How fast a training's inputs come: `node bench/training-transfer/run.ts [ROUNDS]`. Fetching as the container does it, with
 * its parts side by side and every byte hashed, against one GET after the other into files, from MinIO on this machine:
 * as fast as it goes, and over a link whose connections are S3's (85 MB/s each, 20 ms to the first byte).
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { S3Inputs } from '#adapters/aws/s3-inputs.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { S3Server } from '../../test/s3/servers.ts';
import { askFor } from '../../test/support/trainings.ts';
import { describeMachine } from '../machine.ts';
import { median } from '../statistics.ts';

const MIB = 2 ** 20;
const BUCKET = 'inputs';
const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'onnward-transfer-'));
const server = await S3Server.minio();
const store = S3Store.open(`s3://${BUCKET}/s`, server.config);

/** What is fetched: names of prefixes, and what is below them. */
const INPUTS = { 'one object of 512 MiB': 'one/', '8 objects of 64 MiB': 'eight/', '2,000 objects of 20 kB': 'small/' };

async function* repeated(bytes: Uint8Array, times: number): AsyncIterable<Uint8Array> {
  for (let turn = 0; turn < times; turn++) yield bytes;
}

async function fill(): Promise<void> {
  await server.createBucket(BUCKET, { versioned: false });
  const bytes = randomBytes(16 * MIB);
  await store.write('one/large', repeated(bytes, 32), 512 * MIB);
  for (let index = 0; index < 8; index++) await store.write(`eight/${index}`, repeated(bytes, 4), 64 * MIB);
  for (let index = 0; index < 2000; index++) await store.put(`small/${index}`, bytes.subarray(index, index + 20_000));
}

/** Seconds, and bytes. */
type Taken = readonly [seconds: number, bytes: number];

async function oneByOne(endpoint: string, prefix: string): Promise<Taken> {
  const client = new S3Client({ ...server.config, endpoint });
  const started = performance.now();
  let bytes = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: BUCKET, Prefix: `s/${prefix}` })) {
    for (const { Key = '', Size = 0 } of Contents) {
      mkdirSync(dirname(join(folder, Key)), { recursive: true });
      const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      await pipeline(Body as Readable, createWriteStream(join(folder, Key)));
      bytes += Size;
    }
  }
  client.destroy();
  return [(performance.now() - started) / 1000, bytes];
}

async function fetched(endpoint: string, prefix: string): Promise<Taken> {
  const inputs = async (url: string) => S3Inputs.open(url, { ...server.config, endpoint });
  await askFor(store, { options: { channels: { train: `${store.url}/${prefix}` } } });
  const started = performance.now();
  const { channels } = await fetchInputs({ store, training: 'digits-t1', base: folder, inputs });
  return [(performance.now() - started) / 1000, channels['train']?.bytes ?? 0];
}

async function measure(how: typeof fetched, endpoint: string, prefix: string): Promise<number[]> {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const [seconds, bytes] = await how(endpoint, prefix);
    rates.push(bytes / 1e6 / seconds);
  }
  return rates;
}

const slowLink = [join(import.meta.dirname, 'slow-link.ts'), new URL(server.endpoint).port, '85', '20'];
const link = spawn(process.execPath, slowLink, { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = (await once(link.stdout, 'data')) as [Buffer];
  await fill();
  console.log(`${JSON.stringify(describeMachine())}\n`);
  console.log('| from | inputs | one GET after the other, MB/s | fetched, MB/s | times |\n|---|---|--:|--:|--:|');
  for (const [from, endpoint] of [
    ['MinIO on this machine', server.endpoint],
    ['85 MB/s a connection, 20 ms', `http://127.0.0.1:${String(port).trim()}`],
  ] as const) {
    for (const [inputs, prefix] of Object.entries(INPUTS)) {
      const [plain, ours] = [
        median(await measure(oneByOne, endpoint, prefix)),
        median(await measure(fetched, endpoint, prefix)),
      ];
      console.log(`| ${from} | ${inputs} | ${plain.toFixed(1)} | ${ours.toFixed(1)} | ${(ours / plain).toFixed(1)} |`);
    }
  }
  console.log(`\n${Math.round(process.resourceUsage().maxRSS / 1024)} MB of memory at most.`);
} finally {
  link.kill();
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
}
