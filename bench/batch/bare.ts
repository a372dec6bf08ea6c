/**
 * The leanest loop over a part of a file that still reads it with our own scanner: `node bare.ts TASK`, a `BareTask` as
 * JSON. No plan, no quarantine, no hash, no receipt. Prints the rows, and the
 * seconds without the start, as JSON.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import { openInputs } from '#adapters/inputs.ts';
import { Session } from '#adapters/onnx/session.ts';
import { openStore } from '#adapters/stores.ts';
import type { Source } from '#core/scoring/format.ts';
import { formatOf } from '#core/scoring/format-of.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { formats, writers } from '../../functions/batch/formats.ts';
import { modelPath } from '../cache.ts';
import type { ModelName } from '../cases.ts';

export interface BareTask {
  readonly model: ModelName;
  readonly path: string;
  /** Which of so many equal parts. */
  readonly part: number;
  readonly parts: number;
  /** Rows of a tensor. */
  readonly batchRows: number;
  /** Where outputs are written, in the format of the input. @default - nowhere */
  readonly output?: string;
}

/** What is written at once, bytes. */
const WRITE_BYTES = 256 * 1024;

const task = JSON.parse(process.argv[2] as string) as BareTask;
const session = new Session({ path: modelPath(task.model), threads: 1, exact: false, warmup: [] });
const source = await open(task.path);
// Only lists of objects lie in a store.
const format = formats(await openStore(`file:${dirname(task.path)}`))[source.input.format];
const { heading } = await format.survey(source);
const layout = layoutOf(session.signature, heading, { id: 'id' });
const lean = task.output === undefined ? { ...layout, kept: [] } : layout;
const part = (await partsOf(source))[task.part] as ShardPart;
const headed = { ...source, input: { ...source.input, ...(heading && { heading }) } };
const rows = format.rows(headed, { part, layout: lean, batchRows: task.batchRows });
const begin = performance.now();
const scored = await (task.output === undefined ? run() : runAndWrite(task.output));
console.log(JSON.stringify({ rows: scored, seconds: (performance.now() - begin) / 1000 }));

async function open(path: string): Promise<Source> {
  const reader = await openInputs(`file:${dirname(path)}`);
  const key = basename(path);
  const stat = await reader.stat(key);
  const found = formatOf(key);
  if (!stat || !found) throw new Error(`${path} cannot be read`);
  return { reader, input: { store: reader.url, key, ...stat, ...found } };
}

/** Without a look for quotes: there are none. */
async function partsOf(from: Source): Promise<readonly ShardPart[]> {
  const partBytes = Math.ceil(from.input.size / task.parts);
  return format.cut(from, { partBytes, multiline: false, listKey: 'none' });
}

async function run(): Promise<number> {
  let scored = 0;
  for await (const event of rows) {
    if ('bad' in event) throw new Error(event.bad.message);
    session.run(event.batch.inputs);
    scored += event.batch.rows;
  }
  return scored;
}

async function runAndWrite(path: string): Promise<number> {
  const shape = { signature: session.signature, labels: undefined, layout, kept: ['id'], aligned: false };
  const writer = writers[source.input.format === 'objects' ? 'jsonl' : source.input.format](shape);
  const file = createWriteStream(path, { highWaterMark: WRITE_BYTES });
  let scored = 0;
  for await (const event of rows) {
    if ('bad' in event) throw new Error(event.bad.message);
    writer.write(event.batch, session.run(event.batch.inputs));
    scored += event.batch.rows;
    if (!file.write(writer.take())) await once(file, 'drain');
  }
  file.end(writer.end());
  await once(file, 'close');
  return scored;
}
