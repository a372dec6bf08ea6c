import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atMost } from '#core/at-most.ts';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import { channelHash, type ChannelPlace, isPrefix, pathsOf, placeOf } from '#core/training/agent/channel.ts';
import type { FetchedChannel } from '#core/training/agent/fetched.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { download } from './download.ts';
import { channelNotFound, emptyChannel, stillChanging } from './job-errors.ts';
import { draftsOf } from './job-folder.ts';
import type { Meter } from './meter.ts';
import { type Patience, patiently } from './patience.ts';
import type { Slots } from './slots.ts';

/** Objects on their way at once: small ones wait for their first byte, most of the time. */
const OBJECTS_AT_ONCE = 32;

/** How often an object that is changed while it is read is read again. */
const TRIES = 3;

export interface ChannelsOptions {
  readonly layout: Layout;
  readonly storeUrl: string;
  readonly inputs: (url: string) => Promise<InputReader>;
  readonly slots: Slots;
  readonly patience: Patience;
  readonly meter: Meter;
}

interface ChannelObject {
  readonly channel: string;
  readonly reader: InputReader;
  readonly key: string;
  readonly stat: ObjectStat;
  /** Below the channel's folder. */
  readonly path: string;
}

/** What all channels together are. Throws `input.not_found`, `training.empty_channel`, `training.channel`, `store.*`. */
export async function listChannels(
  channels: Readonly<Record<string, string>>,
  options: ChannelsOptions,
): Promise<readonly ChannelObject[]> {
  const listed = await atMost(4, Object.entries(channels), ([name, where]) => list(name, where, options));
  return listed.flat();
}

async function list(channel: string, where: string, options: ChannelsOptions): Promise<ChannelObject[]> {
  const place = placeOf(where, options.storeUrl);
  const reader = await options.inputs(place.url);
  const found = await patiently(() => objectsAt(reader, place), options.patience);
  if (found.length === 0) throw isPrefix(place) ? emptyChannel(channel, where) : channelNotFound(channel, where);
  const paths = pathsOf(
    channel,
    place,
    found.map(({ key }) => key),
  );
  return found.map(({ key, size, version }, index) => {
    return { channel, reader, key, stat: { size, version }, path: paths[index] as string };
  });
}

async function objectsAt(reader: InputReader, place: ChannelPlace): Promise<(ObjectStat & { readonly key: string })[]> {
  if (isPrefix(place)) return Array.fromAsync(reader.list(place.key));
  const stat = await reader.stat(place.key);
  return stat ? [{ key: place.key, ...stat }] : [];
}

/** Brings them to the channels' folders. Throws `input.changed`, and the rest of what listing throws. */
export async function bringChannels(
  names: readonly string[],
  objects: readonly ChannelObject[],
  options: ChannelsOptions,
): Promise<Record<string, FetchedChannel>> {
  for (const name of names) await mkdir(options.layout.channel(name), { recursive: true });
  const folders = new Map<string, Promise<unknown>>();
  const brought = await atMost(OBJECTS_AT_ONCE, objects, async (object, index) => {
    const path = join(options.layout.channel(object.channel), object.path);
    const folder = dirname(path);
    if (!folders.has(folder)) folders.set(folder, mkdir(folder, { recursive: true }));
    await folders.get(folder);
    return bring(object, path, join(draftsOf(options.layout), `${index}`), options);
  });
  return Object.fromEntries(names.map((name) => [name, summary(brought.filter(({ channel }) => channel === name))]));
}

interface Brought {
  readonly channel: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A file has its name once it is whole. */
async function bring(object: ChannelObject, path: string, draft: string, options: ChannelsOptions): Promise<Brought> {
  const { channel } = object;
  let { stat } = object;
  for (let tried = 1; ; tried++) {
    try {
      const onBytes = (count: number): void => options.meter.add(count);
      const sha256 = await download({ ...object, stat }, `${draft}-${tried}`, { ...options, onBytes });
      await rename(`${draft}-${tried}`, path);
      return { channel, path: object.path, size: stat.size, sha256 };
    } catch (error) {
      if (!isOther(error)) throw error;
      if (tried === TRIES) throw stillChanging(channel, object.path, error);
      stat = await statAgain(object, options.patience);
    }
  }
}

/** Whether another object is there by now than the one that was listed, or none. */
const isOther = (error: unknown): boolean =>
  error instanceof OnnwardError && (error.code === 'input.changed' || error.code === 'input.not_found');

async function statAgain({ reader, key, channel }: ChannelObject, patience: Patience): Promise<ObjectStat> {
  const stat = await patiently(() => reader.stat(key), patience);
  if (!stat) throw channelNotFound(channel, `${reader.url}/${key}`);
  return stat;
}

const summary = (files: readonly Brought[]): FetchedChannel => ({
  files: files.length,
  bytes: files.reduce((sum, { size }) => sum + size, 0),
  sha256: channelHash(files),
});
