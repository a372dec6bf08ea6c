import { join } from 'node:path';
import { hashFile } from '#adapters/local/artifact.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ModelFiles } from '#core/ports.ts';

/** Checks every file against its recorded SHA-256, one after another so that the disk is read once. Throws `model.corrupt`. */
export async function verifyFiles({ folder, files }: ModelFiles): Promise<void> {
  for (const file of files) {
    const actual = await hashFile(join(folder, file.path));
    if (actual !== file.sha256) throw corrupt(file, actual);
  }
}

const corrupt = (file: ModelFiles['files'][number], actual: string): OnnwardError =>
  new OnnwardError(`${file.path} is not the file that was registered: SHA-256 ${actual}, recorded ${file.sha256}`, {
    code: 'model.corrupt',
    kind: 'corrupt',
    fix: 'Run `onnward verify` to see what else was touched, and register the model again.',
    fields: { path: file.path, expected: file.sha256, actual },
  });
