import { atMost } from '#core/at-most.ts';
import { checkKey } from '#core/model/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { LeftFile } from '#core/training/documents.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { dataPrefix, modelPrefix } from '#core/training/keys.ts';
import { FileChanged, findFiles, type FoundFile, isGone, lookAgain } from './left-files.ts';
import type { Meter } from './meter.ts';
import type { Patience } from './patience.ts';
import { upload } from './upload.ts';

/** A larger one has four parts of 8 MiB on their way at once, in memory. */
const SMALL = 8 * 2 ** 20;
const LARGE_AT_ONCE = 3;
const SMALL_AT_ONCE = 16;

export interface TakeOutOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly layout: Layout;
  readonly patience: Patience;
  readonly meter: Meter;
  /** Hears of what no store can hold. */
  readonly onPassedOver: (path: string) => void;
}

/** What a trainer has left. */
export interface TakenOut {
  readonly model: readonly LeftFile[];
  readonly data: readonly LeftFile[];
}

/** How often a file that somebody still writes to is read. */
const TRIES = 3;

/** Brings what the trainer has left to the store, over what an earlier host has brought there. Throws `store.*`. */
export async function takeOut(options: TakeOutOptions): Promise<TakenOut> {
  const { training, layout, meter } = options;
  const model = await leftIn(layout.model, modelPrefix(training), options);
  const data = await leftIn(layout.outputData, dataPrefix(training), options);
  meter.expect([...model, ...data].reduce((sum, { file }) => sum + file.size, 0));
  return { model: await bringAll(model, options), data: await bringAll(data, options) };
}

interface Left {
  readonly file: FoundFile;
  readonly key: string;
}

async function leftIn(folder: string, prefix: string, { layout, onPassedOver }: TakeOutOptions): Promise<Left[]> {
  const { files, passedOver } = await findFiles(folder, layout.base);
  for (const path of passedOver) onPassedOver(path);
  return files
    .map((file) => ({ file, key: `${prefix}${file.path}` }))
    .filter(({ key }) => {
      try {
        checkKey(key);
        return true;
      } catch (error) {
        onPassedOver((error as Error).message);
        return false;
      }
    });
}

async function bringAll(left: readonly Left[], options: TakeOutOptions): Promise<LeftFile[]> {
  const { large = [], small = [] } = Object.groupBy(left, ({ file }) => (file.size > SMALL ? 'large' : 'small'));
  const brought = [
    ...(await atMost(LARGE_AT_ONCE, large, (each) => bring(each, options))),
    ...(await atMost(SMALL_AT_ONCE, small, (each) => bring(each, options))),
  ];
  return brought.filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Nobody writes to it any more, as a rule; undefined for one that is gone, or never stays as it is. */
async function bring({ file, key }: Left, options: TakeOutOptions): Promise<LeftFile | undefined> {
  const onBytes = (count: number): void => options.meter.add(count);
  let now: FoundFile | undefined = file;
  for (let tried = 0; now && tried < TRIES; tried++) {
    try {
      const sha256 = await upload(now, key, { ...options, onBytes });
      return { path: file.path, size: now.size, sha256 };
    } catch (error) {
      if (!(error instanceof FileChanged) && !isGone(error)) throw error;
      now = await lookAgain(file);
    }
  }
  options.onPassedOver(`${file.path} (somebody still writes to it)`);
  return undefined;
}
