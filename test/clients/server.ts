import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '../..');

const cli = join(root, 'bin/onnward.ts');
const run = promisify(execFile);

export interface TestServer {
  readonly url: string;
  /** Asks it to stop, and answers its exit code. */
  stop(): Promise<number | null>;
}

/** What to register: by name, the path and any options of `onnward register`. */
export type Models = Readonly<Record<string, readonly string[]>>;

/** The real command line, on a registry of its own: registers `models`, then serves them on a free port. */
export async function startOnnward(models: Models): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'onnward-clients-'));
  const store = ['--store', `file:${join(folder, 'registry')}`];
  for (const [name, source] of Object.entries(models)) {
    await run(process.execPath, [cli, 'register', name, ...source, '--alias', 'live', ...store], { cwd: root });
  }
  const child = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json', ...store], { cwd: root });
  const url = await greetedUrl(child);
  return {
    url,
    async stop() {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      await rm(folder, { recursive: true });
      return code;
    },
  };
}

/** `serve --json` prints one document, with its address, once it is ready. */
function greetedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += chunk));
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      const url = /"url":\s*"([^"]+)"/.exec(out)?.[1];
      if (url) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`onnward serve ended with ${code}: ${errors}`)));
  });
}
