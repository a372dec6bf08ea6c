import { statfs } from 'node:fs/promises';
import { OnnwardError } from '#core/errors.ts';

const MB = 1024 * 1024;

/** Throws `function.no_space` where `bytes` more do not fit below `folder`: better than to fail in the middle of the last file. */
export async function expectRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const available = bavail * bsize;
  if (bytes <= available) return;
  const [needed, free] = [Math.ceil(bytes / MB), Math.floor(available / MB)];
  throw new OnnwardError(`the model's files take ${needed} MB, and ${folder} has ${free} MB free`, {
    code: 'function.no_space',
    kind: 'unavailable',
    fix: "Put the model into the image ('bake: true'), raise its 'storage', or shrink the model.",
    fields: { needed, available: free },
  });
}
