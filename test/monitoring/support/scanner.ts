import { utimes } from 'node:fs/promises';
import { FolderCapture } from '#adapters/local/capture.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { FolderOfObjects } from '#adapters/local/requests.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { watchedModels } from '#config/watched.ts';
import { randomBytes } from 'node:crypto';
import { ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { watchModel, type WatchPass } from '#core/monitoring/act/watch-model.ts';
import type { MonitorMetric, MonitorNews, MonitorWorld } from '#core/monitoring/monitor/world.ts';
import { ensureReceiptKey } from '#core/monitoring/receipt-keys.ts';
import { Registry } from '#core/registry/registry.ts';
import { TrafficCapture } from '#serving/capture/capture.ts';
import { Feedback } from '#serving/feedback/feedback.ts';
import { feedbackStoreOf } from '#serving/feedback/records.ts';
import { LiveHost } from '#serving/live-host.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { LocalActors } from '../../../bin/cli/monitor-actors.ts';
import type { Workplace } from '../../../bin/cli/registry.ts';
import type { Scan } from './digits.ts';

const HOUR_MS = 3_600_000;
/** Scans at once: so many a second are captured. */
const TOGETHER = 6;

/** A server of this machine and those who watch it, by a clock that the test moves: an hour takes as long as its requests. */
export class Scanner {
  readonly world: MonitorWorld;
  readonly actors: LocalActors;
  readonly metrics: MonitorMetric[] = [];
  readonly news: MonitorNews[] = [];
  readonly #host: LiveHost;
  readonly #server: RunningServer;
  readonly #sink: FolderCapture;
  readonly #stop = new AbortController();
  #time: { now: number };

  private constructor(workplace: Workplace, time: { now: number }, serving: Serving) {
    this.#time = time;
    this.#host = serving.host;
    this.#server = serving.server;
    this.#sink = serving.sink;
    this.actors = new LocalActors(workplace, this.#stop.signal);
    const clock = () => this.#time.now;
    const { store, config } = workplace;
    const { actors, news, metrics } = this;
    this.world = {
      store,
      registry: new Registry(store, { clock, actor: 'monitoring' }),
      clock,
      models: watchedModels(config),
      actors: {
        rollBack: (model, said) => actors.rollBack(model, said),
        retrain: (model, said) => actors.retrain(model, said),
        notify: (each) => Promise.resolve(void news.push(each)),
      },
      put: (some) => Promise.resolve(void metrics.push(...some)),
      hidden: () => Promise.reject(new Error('nothing within is looked at')),
    };
  }

  static async open(workplace: Workplace, cacheFolder: string): Promise<Scanner> {
    // The next full hour.
    const time = { now: Math.ceil(Date.now() / HOUR_MS) * HOUR_MS };
    return new Scanner(workplace, time, await serve(workplace, cacheFolder, () => time.now));
  }

  get now(): number {
    return this.#time.now;
  }

  /** Scans that are read over an hour, a few at a time; whoever reads them says what they were. The share that was right. */
  async hour(scans: readonly Scan[]): Promise<number> {
    const began = this.#time.now;
    let right = 0;
    for (let first = 0; first < scans.length; first += TOGETHER) {
      this.#time.now = began + Math.floor((first * HOUR_MS) / scans.length);
      const read = await Promise.all(scans.slice(first, first + TOGETHER).map((scan) => this.#read(scan)));
      right += read.filter(Boolean).length;
    }
    await this.#sink.flush();
    this.#time.now = began + HOUR_MS;
    return right / scans.length;
  }

  async #read({ pixels, digit }: Scan): Promise<boolean> {
    const url = `${this.#server.url}/v2/models/digits`;
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, pixels.length], data: pixels }];
    const answer = await fetch(`${url}/infer`, { method: 'POST', body: JSON.stringify({ inputs }) });
    const { outputs } = (await answer.json()) as { outputs: { name: string; data: number[] }[] };
    const receipt = answer.headers.get('x-onnward-receipt');
    const feedback = await fetch(`${url}/feedback`, {
      method: 'POST',
      body: JSON.stringify({ receipt, truth: digit }),
    });
    if (!feedback.ok) throw new Error(await feedback.text());
    return String(outputs.find(({ name }) => name === 'label')?.data[0]) === digit;
  }

  /** A look a quarter of an hour after the hour, as `onnward dev` has it. */
  async look(): Promise<WatchPass> {
    await this.#settleTimes();
    this.#time.now += 20 * 60_000;
    try {
      return await watchModel(this.world, 'digits', { alarms: 'ours' });
    } finally {
      this.#time.now -= 20 * 60_000;
    }
  }

  /** When a truth came the store says: by the moved clock, the hour before. */
  async #settleTimes(): Promise<void> {
    const came = (this.#time.now - 1000) / 1000;
    const { store } = this.world;
    for await (const { key, modifiedAt = 0 } of store.list('feedback/')) {
      // The disk's own clock.
      if (modifiedAt < Date.now() + 1000) await utimes(store.localPath!(key), came, came);
    }
  }

  /** Waits until the server answers by this version. */
  async serves(version: number): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (this.#host.index().some((entry) => Number(entry.version) === version && entry.state === 'READY')) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`version ${version} is not served`);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.actors.ended();
    await this.#server.close();
    await this.#host.close();
    await this.#sink.close();
  }
}

interface Serving {
  readonly host: LiveHost;
  readonly server: RunningServer;
  readonly sink: FolderCapture;
}

async function serve(
  { store, registry, config }: Workplace,
  cacheFolder: string,
  clock: () => number,
): Promise<Serving> {
  const { capture, feedback } = watchedModels(config)['digits'] ?? {};
  await Promise.all([ensureReceiptKey(store, randomBytes), ensureCaptureKey(store, randomBytes)]);
  const host = new LiveHost(registry, {
    load: versionLoader({ store, engine: createEngine({ workers: 1 }), cacheFolder }),
  });
  const sink = new FolderCapture(store as FolderOfObjects);
  const truths = new Feedback({ store: feedbackStoreOf(store), models: { digits: feedback ?? {} }, clock });
  const captured = new TrafficCapture({ models: { digits: capture ?? {} }, keys: store, sink, clock });
  await Promise.all([truths.start(), captured.start()]);
  const server = await startServer(host, { port: 0, feedback: truths, capture: captured });
  await host.start();
  return { host, server, sink };
}
