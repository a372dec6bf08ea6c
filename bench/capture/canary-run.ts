import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { readCapture } from '#core/monitoring/capture/read.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import { encodeProfile } from '#core/monitoring/profile/encode.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { fixture } from '../../test/support/models.ts';
import { freePort } from '../process.ts';
import { CAPTURES, canaryForms, canaryRequests, COLUMNS } from './canaries.ts';
import { hammer } from './hammer.ts';

/** What came of requests with canaries in their sensitive fields. */
export interface CanaryResult {
  readonly requests: number;
  /** Of these, those that had to be refused. */
  readonly refused: number;
  /** Of the others, those that were captured. */
  readonly captured: number;
  /** Lines of capture that could not be read. */
  readonly unreadable: number;
  /** Bytes that were looked through, by what they are. */
  readonly searched: Readonly<Record<'store' | 'log' | 'metrics' | 'sketches' | 'errors', number>>;
  /** Where a canary was found, and is to be nowhere. */
  readonly found: readonly string[];
  readonly seconds: number;
}

const MODELS = { people: 'identity_bytes', incomes: 'identity_fp32', numbers: 'identity_int64' } as const;
type Model = keyof typeof MODELS;
const NAMES = Object.keys(MODELS) as Model[];

const CONNECTIONS = 16;
const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'onnward.ts');

/** Serves three models by `onnward serve`, asks them, and looks for the canaries in all that is left of it. */
export async function canaryRun(requests: number): Promise<CanaryResult> {
  const folder = mkdtempSync(join(tmpdir(), 'onnward-canary-'));
  const began = Date.now();
  try {
    const store = await openStore(`file:${join(folder, '.onnward')}`);
    const manifests = await register(store);
    const { port, log, stop } = await serve(folder);
    const search = new Search();
    let refused = 0;
    let metrics: string;
    try {
      await hammer(port, canaryRequests(), requests, CONNECTIONS, (answer) => {
        refused++;
        search.look('errors', answer);
      });
      metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    } finally {
      await stop();
    }
    search.look('metrics', Buffer.from(metrics));
    search.look('log', Buffer.concat(log));
    const { captured, unreadable } = await sketch(store, manifests, began, (bytes) => search.look('sketches', bytes));
    await search.files('store', join(folder, '.onnward'));
    const { searched, found } = search;
    return { requests, refused, captured, unreadable, searched, found, seconds: (Date.now() - began) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function register(store: ObjectStore): Promise<Manifest[]> {
  const registry = new Registry(store, { clock: Date.now, actor: 'canary' });
  const engine = createEngine({ workers: 1 });
  const manifests: Manifest[] = [];
  for (const [name, from] of Object.entries(MODELS)) {
    const files = fixture(from);
    const model = await engine.load(files);
    const sources = files.files.map((file) => ({
      ...file,
      open: () => createReadStream(join(files.folder, file.path)),
    }));
    // What a version of a table's rows has: the names of its columns.
    const profile = { key: `baselines/${name}/${'0'.repeat(64)}.profile`, sha256: '0'.repeat(64), size: 1, rows: 1 };
    const baseline = name === 'people' && { baseline: { profile: { ...profile, columns: { x: [...COLUMNS] } } } };
    const { signature } = model;
    const draft = { format: 1 as const, graph: files.graph, signature, provenance: {}, ...baseline, sources };
    manifests.push(await registry.register(name, draft as never));
    await model.close();
    await registry.setAlias(name, 'live', 1);
  }
  return manifests;
}

async function serve(folder: string) {
  const models = Object.fromEntries(NAMES.map((name) => [name, { capture: CAPTURES[name] }]));
  writeFileSync(join(folder, 'onnward.config.ts'), `export default ${JSON.stringify({ models })};\n`);
  const port = await freePort();
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', String(port)], { cwd: folder });
  const log: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => log.push(chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/v2/health/ready`).catch(() => undefined);
    if (ready?.ok) break;
    if (child.exitCode !== null) throw new Error(`onnward serve ended: ${Buffer.concat(log).toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { port, log, stop };
}

/** Profiles of all that was captured, as monitoring makes them. */
async function sketch(
  store: ObjectStore,
  manifests: readonly Manifest[],
  began: number,
  onProfile: (bytes: Uint8Array) => void,
): Promise<Pick<CanaryResult, 'captured' | 'unreadable'>> {
  const count = { captured: 0, unreadable: 0 };
  for (const { name, signature, baseline } of manifests) {
    const { sensitive } = CAPTURES[name as Model];
    const plan = featurePlan({ signature, columns: baseline?.profile?.columns, sensitive });
    const builder = new ProfileBuilder(plan);
    const span = { from: began, to: Date.now() + 1 };
    for await (const event of readCapture(store, name, span, () => count.unreadable++)) {
      count.captured++;
      builder.addEvent(event);
    }
    onProfile(encodeProfile(builder.profile()));
  }
  return count;
}

/** Looks for the canaries, and says where they are. */
class Search {
  readonly #forms = canaryForms();
  readonly #longest = Math.max(...this.#forms.map(({ length }) => length));
  readonly found: string[] = [];
  readonly searched = { store: 0, log: 0, metrics: 0, sketches: 0, errors: 0 };

  look(what: keyof CanaryResult['searched'], bytes: Uint8Array, where: string = what): void {
    this.searched[what] += bytes.length;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const form of this.#forms) {
      if (buffer.includes(form) && this.found.length < 100) this.found.push(`${where}: ${form.toString('latin1')}`);
    }
  }

  async files(what: keyof CanaryResult['searched'], folder: string): Promise<void> {
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      const path = join(folder, name);
      if (!statSync(path).isFile()) continue;
      let end = Buffer.alloc(0);
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        // What lies across two chunks is in neither.
        const bytes = Buffer.concat([end, chunk]);
        this.look(what, bytes, name);
        this.searched[what] -= end.length;
        end = bytes.subarray(-this.#longest);
      }
    }
  }
}
