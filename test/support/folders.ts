import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new, empty folder by its real path, which goes when the tests of the file have ended. */
export function newFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'onnward-test-'));
  made.push(folder);
  return folder;
}
