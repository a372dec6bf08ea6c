import { createHash } from 'node:crypto';
import { invalid } from '../../errors.ts';
import { pathProblem } from '../../model/paths.ts';
import type { LeftFile } from '../documents.ts';

/** Where a channel's objects lie. */
export interface ChannelPlace {
  /** Of what they are read from: `file:DIR`, `s3://bucket`, or the store itself. */
  readonly url: string;
  /** Of the one object; of a prefix, with `/` at its end or empty. */
  readonly key: string;
}

/**
 * What a channel names: `file:` and a path, `s3://`, or a key of the store; a prefix ends in `/`. A bucket's keys are taken
 * letter for letter, whatever they hold.
 */
export function placeOf(channel: string, storeUrl: string): ChannelPlace {
  const [, bucket, key = ''] = /^(s3:\/\/[^/]+)\/?(.*)$/s.exec(channel) ?? [];
  if (bucket !== undefined) return { url: bucket, key };
  if (!channel.startsWith('file:')) return { url: storeUrl, key: channel };
  const end = Math.max(channel.lastIndexOf('/'), channel.lastIndexOf('\\'));
  const folder = channel.slice(0, end);
  return { url: folder === 'file:' ? 'file:/' : folder, key: channel.slice(end + 1) };
}

/** Whether all below it is meant, and not one object. */
export const isPrefix = ({ key }: ChannelPlace): boolean => key === '' || key.endsWith('/');

/**
 * Paths that the objects of a channel get below its folder, in their order. Throws `training.channel` for names that no
 * folder can hold, and where one name is to be a file and a folder.
 */
export function pathsOf(channel: string, { key }: ChannelPlace, keys: readonly string[]): string[] {
  const within = key.lastIndexOf('/') + 1;
  const paths = keys.map((each) => each.slice(within));
  const files = new Set(paths);
  for (const path of paths) {
    const problem = pathProblem(path) ?? folderProblem(path, files);
    if (problem !== undefined) throw unholdable(channel, path, problem);
  }
  return paths;
}

function folderProblem(path: string, files: ReadonlySet<string>): string | undefined {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    const folder = path.slice(0, end);
    if (files.has(folder)) return `lies below ${JSON.stringify(folder)}, which is an object itself`;
  }
  return undefined;
}

const unholdable = (channel: string, path: string, problem: string): Error =>
  invalid('training.channel', `The channel ${channel} has ${JSON.stringify(path.slice(0, 200))}, which ${problem}.`, {
    fix: 'Give it a name that a folder can hold, or name a prefix without it.',
    fields: { channel, path },
  });

/** Names the content of a channel, whatever it came from. */
export function channelHash(files: readonly Pick<LeftFile, 'path' | 'sha256'>[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
