import { OnnwardError } from '#core/errors.ts';

/** A size for people. */
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;

export const noRoom = (folder: string, needed: number, free: number): OnnwardError =>
  new OnnwardError(`${folder} has room for ${megabytes(free)}, and ${megabytes(needed)} are to be brought there.`, {
    code: 'training.no_room',
    kind: 'too-large',
    fix: 'Give the machine a larger disk, or name smaller channels.',
    fields: { folder, needed, free },
  });

export const channelNotFound = (channel: string, where: string): OnnwardError =>
  new OnnwardError(`There is nothing at ${where}, which the channel ${channel} is to have.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: "Check the name, letter for letter; a folder or a prefix ends in '/'.",
    fields: { channel, where },
  });

export const emptyChannel = (channel: string, where: string): OnnwardError =>
  new OnnwardError(`There is no object below ${where}, which the channel ${channel} is to have.`, {
    code: 'training.empty_channel',
    kind: 'not-found',
    fix: 'Check the prefix, letter for letter, and that data have arrived there. Of a folder, hidden files and links do not count.',
    fields: { channel, where },
  });

export const stillChanging = (channel: string, path: string, cause: unknown): OnnwardError =>
  new OnnwardError(`${path} of the channel ${channel} was changed each time that it was read.`, {
    code: 'input.changed',
    kind: 'conflict',
    fix: 'Train again, once nothing writes to it; better, give each file a name of its own.',
    fields: { channel, path },
    cause,
  });

export const foreignFolder = (folder: string): OnnwardError =>
  new OnnwardError(`${folder} holds files, and no training has made it: what is in there would be deleted.`, {
    code: 'training.folder',
    kind: 'conflict',
    fix: 'Set ONNWARD_BASE_DIR to an empty folder.',
    fields: { folder },
  });

export const missingMain = (index: number, seconds: number): OnnwardError =>
  new OnnwardError(`The machine ${index}, which leads the others, has not said where it is after ${seconds} s.`, {
    code: 'training.nodes',
    kind: 'unavailable',
    fix: 'Run it again; if it stays, look at the log of its container `fetch`.',
    fields: { index, seconds },
  });
