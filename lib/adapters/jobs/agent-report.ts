import { readDocument } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Fetched } from '#core/training/agent/fetched.ts';
import { lastLines, type LogLine, visibleLines } from '#core/training/agent/lines.ts';
import { MetricReader } from '#core/training/agent/metrics.ts';
import type { Progress } from '#core/training/documents.ts';
import { progressKey } from '#core/training/keys.ts';
import type { MetricPoint, Training } from '#core/training/training.ts';
import type { Meter } from './meter.ts';
import { ProgressWriter } from './progress-writer.ts';
import { createSearch } from './search.ts';
import type { WatchReport } from './trainer-watch.ts';

export interface AgentReportOptions {
  readonly store: ObjectStore;
  readonly training: Training;
  readonly clock: Clock;
  /** Milliseconds between two writes, at least. */
  readonly everyMs: number;
  /** Hears what is worth a line of a log. @default - nobody does */
  readonly onMessage?: ((line: string) => void) | undefined;
}

/** What an agent tells of a training: its metrics, its last lines, how far it is. */
export class AgentReport implements WatchReport {
  readonly #options: AgentReportOptions;
  readonly #writer: ProgressWriter;
  readonly #said = new Set<string>();
  #metrics: MetricReader;
  #lines: readonly string[] = [];
  #attempt = 1;
  /** Of the trainer, on hosts before. */
  #before = 0;
  #checkpoint: string | undefined;
  #takingOut: Meter | undefined;

  constructor(options: AgentReportOptions) {
    const { store, training, clock, everyMs } = options;
    this.#options = options;
    this.#writer = new ProgressWriter({ store, training: training.training, everyMs, clock });
    this.#metrics = this.#reader([]);
  }

  /** What was printed before the checkpoint that the trainer goes on from stays; all later it will print again. */
  async begin({ attempt, seconds, restored }: Fetched): Promise<void> {
    const { store, training } = this.#options;
    this.#attempt = attempt;
    this.#before = seconds;
    this.#checkpoint = restored?.at;
    if (!restored) return;
    const key = progressKey(training.training);
    const last = await readDocument<Progress>(store, key).catch(() => undefined);
    const points = Array.isArray(last?.metrics) ? last.metrics : [];
    this.#metrics = this.#reader(points.filter(({ at }) => at <= restored.at));
  }

  printed(lines: readonly LogLine[]): void {
    this.#metrics.read(lines);
    this.#lines = lastLines(this.#lines, visibleLines(lines));
  }

  /** Tells people of trouble, once. */
  say(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.onMessage?.(message);
    this.#lines = lastLines(this.#lines, [{ text: `[onnward] ${message}`, at: this.#options.clock() }]);
  }

  checkpointed(at: string): void {
    this.#checkpoint = at;
  }

  takingOut(meter: Meter): void {
    this.#takingOut = meter;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The last value of each metric. */
  get metrics(): Readonly<Record<string, number>> {
    return this.#metrics.last;
  }

  /** Of the trainer, over all hosts; `now` is on this one. */
  seconds(now: number): number {
    return Math.round((this.#before + now) * 1000) / 1000;
  }

  offer(now: number): void {
    this.#writer.offer(() => this.#progress(now));
  }

  close(now: number): Promise<void> {
    return this.#writer.close(this.#progress(now));
  }

  #reader(before: readonly MetricPoint[]): MetricReader {
    const definitions = this.#options.training.options.metrics ?? [];
    const onGivenUp = (name: string): void =>
      this.say(`The metric ${name} is not looked for any more: its expression takes too long on some lines.`);
    return new MetricReader(definitions, createSearch(), { before, onGivenUp });
  }

  #progress(now: number): Omit<Progress, 'at'> {
    const meter = this.#takingOut;
    return {
      phase: meter ? 'taking out' : 'training',
      attempt: this.#attempt,
      ...(meter && { done: Math.min(meter.done, meter.total), total: meter.total }),
      metrics: this.#metrics.points,
      lines: this.#lines,
      ...(this.#checkpoint !== undefined && { checkpoint: this.#checkpoint }),
      seconds: this.seconds(now),
    };
  }
}
