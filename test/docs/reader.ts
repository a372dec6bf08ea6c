import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Block } from './blocks.ts';
import { root } from '../repository/sources.ts';

/** What the reader of a document would see of a block. */
export interface Seen {
  readonly output: string;
  readonly code: number | null;
}

/** The commands that serve until they are stopped; the words after them are their options. */
const SERVES = /^(npm start|npx onnward (?:dev|serve))(.*)$/;
/** Printed last when a server listens. */
const LISTENS = 'Ctrl-C ends it.';

/** Local to a reader's clone, and not to be seen by another's. */
const OWN = new Set(['.git', '.onnward', 'onnward.config.ts', 'cdk.out']);

/**
 * Somebody who follows one document in a fresh clone: a folder that holds the repository by links, so that what the
 * commands write stays in it. Ports of the document become free ones.
 */
export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'onnward-docs-'));
  readonly #ports = new Map<string, number>();
  readonly #servers: ChildProcess[] = [];

  constructor() {
    for (const name of readdirSync(root).filter((entry) => !OWN.has(entry))) {
      symlinkSync(join(root, name), join(this.#folder, name));
    }
    mkdirSync(join(this.#folder, '.home'));
    writeFileSync(join(this.#folder, '.home', '.curlrc'), 'silent\nshow-error\n');
  }

  /** Runs a block of shell; `terminal` shows what it complains of too. A server is left running until `close`. */
  async run({ text }: Block, terminal: boolean): Promise<Seen> {
    // `npm ci` is how the repository's node_modules came to be here.
    const script = await this.#withFreePorts(text.replace(/^npm ci && /, ''));
    const [, server, options = ''] = SERVES.exec(script) ?? [];
    const seen = server === undefined ? await this.#finish(script, terminal) : await this.#serve(server, options);
    return { ...seen, output: this.#withShownPorts(seen.output) };
  }

  /** Writes a file that the document says to write. */
  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), `${text}\n`);
  }

  /** Runs Python with the packages of test/clients. */
  async python({ text }: Block): Promise<Seen> {
    const cache = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');
    this.write('.home/snippet.py', await this.#withFreePorts(text));
    return this.#finish(`${join(cache, 'clients', 'bin', 'python')} .home/snippet.py`, true);
  }

  /** Ends the servers as Ctrl-C does; resolves to how they ended: an exit code, or the signal that ended npm before them. */
  async close(): Promise<(number | string | null)[]> {
    const ends: (number | string | null)[] = [];
    for (const server of this.#servers) {
      const ended = server.exitCode === null ? once(server, 'close') : undefined;
      if (ended) process.kill(-server.pid!, 'SIGINT');
      await ended;
      ends.push(server.exitCode ?? server.signalCode);
    }
    rmSync(this.#folder, { recursive: true });
    return ends;
  }

  async #finish(script: string, terminal: boolean): Promise<Seen> {
    const child = this.#spawn(terminal ? `exec 2>&1\n${script}` : script);
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    if (!terminal) child.stderr!.pipe(process.stderr);
    await once(child, 'close');
    return { output, code: child.exitCode };
  }

  async #serve(command: string, options: string): Promise<Seen> {
    const port = options.includes('--port') ? '' : ` --port ${await this.#portFor('8080')}`;
    const dashes = command === 'npm start' ? ' --' : '';
    const child = this.#spawn(`exec 2>&1\nexec ${command}${dashes}${options}${port}`);
    this.#servers.push(child);
    let output = '';
    for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      output += chunk.toString();
      if (output.includes(LISTENS)) break;
    }
    child.stdout!.resume();
    return { output, code: output.includes(LISTENS) ? 0 : child.exitCode };
  }

  #spawn(script: string): ChildProcess {
    const home = join(this.#folder, '.home');
    const { ONNWARD_STORE: _, ...inherited } = process.env;
    return spawn('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: this.#folder,
      env: { ...inherited, NO_COLOR: '1', CURL_HOME: home, XDG_CACHE_HOME: home, npm_config_loglevel: 'silent' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  async #withFreePorts(text: string): Promise<string> {
    for (const [, port] of text.matchAll(/(?:localhost:|127\.0\.0\.1:|--port )(\d+)/g)) await this.#portFor(port!);
    return this.#replace(text, ([shown, free]) => [shown, String(free)]);
  }

  #withShownPorts = (text: string): string => this.#replace(text, ([shown, free]) => [String(free), shown]);

  #replace(text: string, pairOf: (entry: [string, number]) => [string, string]): string {
    const pairs = new Map([...this.#ports].map(pairOf));
    return text.replace(/(localhost:|127\.0\.0\.1:|--port )(\d+)/g, (all, before: string, port: string) =>
      pairs.has(port) ? before + pairs.get(port) : all,
    );
  }

  async #portFor(shown: string): Promise<number> {
    const known = this.#ports.get(shown);
    if (known !== undefined) return known;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    this.#ports.set(shown, port);
    return port;
  }
}
