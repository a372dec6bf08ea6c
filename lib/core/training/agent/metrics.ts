import type { MetricDefinition, MetricPoint } from '../training.ts';
import { type LogLine, visibleLines } from './lines.ts';
import { Series } from './series.ts';

/**
 * Looks for a regular expression in lines: of each, what its first group matches first. Undefined where that takes too
 * long: there are expressions for which a line of thirty characters is work for a year.
 */
export type Search = (regex: string, lines: readonly string[]) => readonly (string | undefined)[] | undefined;

/** Lines that are searched at once. */
const AT_ONCE = 500;

/** Searches of a metric that took too long, after which it is not looked for any more. */
const STRIKES = 3;

/** A number as programs print them, a full stop behind it or not. */
const NUMBER = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\.?\s*$/i;

/** What a text says as a number; undefined for what is none, or none that can be compared: nan, inf. */
export function readNumber(text: string | undefined): number | undefined {
  const [, digits] = NUMBER.exec(text ?? '') ?? [];
  const value = Number(digits);
  return digits !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Reads metrics out of what a trainer prints. No line and no expression makes it throw, or wait for long. */
export class MetricReader {
  readonly #definitions: readonly MetricDefinition[];
  readonly #search: Search;
  readonly #onGivenUp: (name: string) => void;
  readonly #series: Map<string, Series>;
  readonly #strikes = new Map<MetricDefinition, number>();

  /** `before` are points of the same training on hosts before; `onGivenUp` hears of a metric that is not looked for any more. */
  constructor(
    definitions: readonly MetricDefinition[],
    search: Search,
    { before = [], onGivenUp = () => undefined }: MetricReaderOptions = {},
  ) {
    this.#definitions = definitions;
    this.#search = search;
    this.#onGivenUp = onGivenUp;
    const points = Map.groupBy(before, ({ name }) => name);
    this.#series = new Map(Array.from(points, ([name, each]) => [name, new Series(name, each)]));
  }

  read(lines: readonly LogLine[]): void {
    const visible = visibleLines(lines);
    for (let start = 0; start < visible.length; start += AT_ONCE) this.#readSome(visible.slice(start, start + AT_ONCE));
  }

  /** Metric by metric, in the order in which they were first seen. */
  get points(): MetricPoint[] {
    return [...this.#series.values()].flatMap(({ points }) => points);
  }

  /** The last value of each. */
  get last(): Record<string, number> {
    const values = Array.from(this.#series, ([name, { last }]) => [name, last] as const);
    return Object.fromEntries(values.filter((entry): entry is [string, number] => entry[1] !== undefined));
  }

  #readSome(lines: readonly LogLine[]): void {
    const texts = lines.map(({ text }) => text);
    for (const definition of this.#definitions) {
      if ((this.#strikes.get(definition) ?? 0) >= STRIKES) continue;
      const found = this.#search(definition.regex, texts);
      if (found === undefined) this.#strike(definition);
      else this.#add(definition.name, lines, found);
    }
  }

  #add(name: string, lines: readonly LogLine[], found: readonly (string | undefined)[]): void {
    for (const [index, text] of found.entries()) {
      const value = readNumber(text);
      if (value === undefined) continue;
      const series = this.#series.get(name) ?? new Series(name);
      this.#series.set(name, series);
      series.add(value, new Date((lines[index] as LogLine).at).toISOString());
    }
  }

  #strike(definition: MetricDefinition): void {
    const strikes = (this.#strikes.get(definition) ?? 0) + 1;
    this.#strikes.set(definition, strikes);
    if (strikes === STRIKES) this.#onGivenUp(definition.name);
  }
}

export interface MetricReaderOptions {
  /** @default - none */
  readonly before?: readonly MetricPoint[];
  /** @default - nobody is told */
  readonly onGivenUp?: (name: string) => void;
}
