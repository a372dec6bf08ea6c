import { Random } from '#core/evaluation/statistics/random.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { Latencies } from '#core/monitoring/latencies.ts';
import type { Clock, LiveSplit, Split, Target, TargetAnswer, Traffic, WarmedUp } from '#core/ports.ts';
import type { Observation, Observed } from '#core/release/observation.ts';

/** How a target answers. */
export interface Behaviour {
  /** Share of the requests that fail. @default 0 */
  readonly errorRate?: number;
  /** Milliseconds of a warm request: the median of a lognormal distribution. @default 20 */
  readonly ms?: number;
  /** Its standard deviation, of the logarithm. @default 0.5 */
  readonly spread?: number;
  /** Share of the answers whose truth comes back, and of those that are right. @default 0, 0.9 */
  readonly labelled?: number;
  readonly accuracy?: number;
  /** The answer to a question, JSON. @default - an empty object */
  readonly answer?: (body: string) => string;
  /** Throws when it is asked past `live`. @default false */
  readonly crashes?: boolean;
}

export interface SimulatedTrafficOptions {
  readonly clock: Clock;
  /** What `live` leads to. @default - nowhere */
  readonly live?: Target;
  /** Requests a second, to both sides together. @default 10 */
  readonly rate?: number;
  /** By `Target.id`. @default - no errors, 20 ms */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  readonly seed?: number;
  /** @default 0 */
  readonly lagSeconds?: number;
}

/** Live traffic in memory: what comes in a second depends on the seed and the second alone, whoever looks, and how often. */
export class SimulatedTraffic implements Traffic {
  readonly lagSeconds: number;
  readonly resolutionMs = 1;
  /** Alarms that are raised now. */
  raised: string[] = [];
  /** Every division of traffic, in order. */
  readonly splits: { readonly at: number; readonly split: Split; readonly release: string }[] = [];
  /** What was asked past `live`. */
  readonly asked: { readonly target: Target; readonly body: string }[] = [];
  readonly withdrawn: Target[] = [];
  readonly #options: SimulatedTrafficOptions;
  readonly #seconds = new Map<string, Observed>();

  constructor(options: SimulatedTrafficOptions) {
    this.#options = options;
    this.lagSeconds = options.lagSeconds ?? 0;
    if (options.live) this.#record({ champion: options.live, weight: 0 }, '');
  }

  async live(): Promise<LiveSplit | undefined> {
    const last = this.splits.at(-1);
    return last && { ...last.split, revision: String(this.splits.length) };
  }

  async publish(version: number, release: string): Promise<Target> {
    return { version, id: `${release}-${version}` };
  }

  async warmUp(_target: Target, { golden = [] }: Manifest): Promise<WarmedUp> {
    return { compared: golden.length, skipped: 0 };
  }

  async ask(target: Target, _manifest: Manifest, body: string): Promise<TargetAnswer> {
    this.asked.push({ target, body });
    const behaviour = this.#behaviour(target);
    if (behaviour.crashes) throw new Error('the process ended');
    const random = new Random(this.#seedOf(target.id, -this.asked.length));
    const isError = random.uniform() < (behaviour.errorRate ?? 0);
    const ms = timeOf(behaviour, random);
    return isError ? { status: 500, body: '{"error":"no"}', ms } : { status: 200, body: said(behaviour, body), ms };
  }

  async shift(split: Split, revision: string, release: string): Promise<LiveSplit | undefined> {
    const now = await this.live();
    if ((now?.revision ?? '') !== revision) return undefined;
    this.#record(split, release);
    return this.live();
  }

  /** Throws where somebody looks at what is not whole yet, or at a split that is none of the latest. */
  async observe(split: LiveSplit, since: number, until: number): Promise<Observation> {
    if (until > this.#options.clock() - this.lagSeconds * 1000) throw new RangeError('observed too early');
    if (split.revision !== String(this.splits.length)) throw new RangeError('observed a split that is over');
    const [champion, challenger] = [nothing(), nothing()];
    for (let second = Math.floor(since / 1000); (second + 1) * 1000 <= until; second++) {
      const { split: then } = this.splits.findLast(({ at }) => at <= second * 1000) ?? { split };
      const [first, other] = this.#requests(second, then);
      add(champion, this.#second(second, then.champion, first));
      if (then.challenger) add(challenger, this.#second(second, then.challenger, other));
    }
    return { champion, challenger };
  }

  async alarms(): Promise<readonly string[]> {
    return this.raised;
  }

  async withdraw(target: Target): Promise<void> {
    this.withdrawn.push(target);
  }

  async retire(): Promise<readonly string[]> {
    return [];
  }

  #record(split: Split, release: string): void {
    this.splits.push({ at: this.#options.clock(), split, release });
  }

  #behaviour({ id }: Target): Behaviour {
    return this.#options.behaviours?.[id] ?? {};
  }

  /** How many of a second's requests each side gets. */
  #requests(second: number, { weight }: Split): [number, number] {
    const { rate = 10 } = this.#options;
    const random = new Random(this.#seedOf('requests', second));
    const whole = Math.floor(rate) + (random.uniform() < rate % 1 ? 1 : 0);
    const challenger = random.binomial(whole, weight / 100);
    return [whole - challenger, challenger];
  }

  #second(second: number, target: Target, requests: number): Observed {
    const key = `${target.id}/${second}/${requests}`;
    const known = this.#seconds.get(key);
    if (known) return known;
    const behaviour = this.#behaviour(target);
    const random = new Random(this.#seedOf(target.id, second));
    const seen = nothing();
    seen.requests = requests;
    seen.errors = random.binomial(requests, behaviour.errorRate ?? 0);
    seen.labelled = random.binomial(requests - seen.errors, behaviour.labelled ?? 0);
    seen.correct = random.binomial(seen.labelled, behaviour.accuracy ?? 0.9);
    for (let index = 0; index < requests; index++) seen.latencies.record(timeOf(behaviour, random));
    this.#seconds.set(key, seen);
    return seen;
  }

  #seedOf(what: string, second: number): number {
    let hash = this.#options.seed ?? 1;
    for (const character of `${what}/${second}`)
      hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
    return hash;
  }
}

type Growing = { -readonly [Field in keyof Observed]: Observed[Field] };

/** What a side has seen before its first request. */
export const nothing = (): Growing => ({
  requests: 0,
  errors: 0,
  refused: 0,
  latencies: new Latencies(),
  coldStarts: 0,
  labelled: 0,
  correct: 0,
});

function add(into: Growing, { requests, errors, refused, latencies, labelled, correct }: Observed): void {
  into.requests += requests;
  into.errors += errors;
  into.refused += refused;
  into.labelled += labelled;
  into.correct += correct;
  into.latencies.merge(latencies);
}

/** Lognormal, by Box and Muller. */
function timeOf({ ms = 20, spread = 0.5 }: Behaviour, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return ms * Math.exp(spread * normal);
}

const said = ({ answer }: Behaviour, body: string): string => answer?.(body) ?? '{}';
