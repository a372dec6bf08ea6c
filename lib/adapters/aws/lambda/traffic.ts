import { requestEvent } from '#core/deployment/function-event.ts';
import { alarmOf, alarmPrefix, FUNCTION_TAGS, LIVE_ALIAS, repositoryName } from '#core/deployment/names.ts';
import { pinOf } from '#core/deployment/pin.ts';
import { invalid, type OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LiveSplit, Split, Target, TargetAnswer, Traffic, WarmedUp } from '#core/ports.ts';
import type { Observation } from '#core/release/observation.ts';
import { isAwsError } from '../aws-errors.ts';
import type { LambdaFunction } from './function.ts';
import { noAlias } from './live.ts';
import type { ObservationSource } from './observations.ts';
import { provision } from './provision.ts';
import { noFunction, publishPinned } from './publish.ts';
import { retireVersions } from './retire.ts';
import { idsOf, pinsOfAlias, pointingOf, splitOf } from './split.ts';
import type { Pace } from './waiting.ts';
import { askVersion, MAX_EVENT_BYTES, TOO_LARGE, warmUp } from './warm-up.ts';

export interface LambdaTrafficOptions {
  readonly fn: LambdaFunction;
  readonly stage: string;
  readonly model: string;
  readonly region: string;
  /** Where live requests are counted. @default 'insights' */
  readonly observations?: ObservationSource;
  readonly pace?: Pace;
}

/** Seconds until metrics of Lambda, and lines in Logs Insights, are there for sure enough: a whole minute, and one more. */
const INSIGHTS_LAG = 120;
/** A log that is read as it is. */
const LOGS_LAG = 1;

/**
 * Live traffic of a model in AWS: the alias `live` of its function, and its weights. `live()` and `shift()` are one call
 * each, whoever asks: what is imported for them is the client of Lambda alone. Throws `aws.*` besides what each says.
 */
export class LambdaTraffic implements Traffic {
  readonly lagSeconds: number;
  readonly resolutionMs = 1;
  readonly #options: LambdaTrafficOptions;
  readonly #fn: LambdaFunction;
  /** By version of the function, which never changes once it is published. */
  readonly #pins = new Map<string, number>();

  constructor(options: LambdaTrafficOptions) {
    this.#options = options;
    this.#fn = options.fn;
    this.lagSeconds = options.observations === 'logs' ? LOGS_LAG : INSIGHTS_LAG;
  }

  /** Throws `publish.no_alias`, `traffic.unpinned`. */
  async live(): Promise<LiveSplit | undefined> {
    const alias = await this.#fn.alias(LIVE_ALIAS);
    if (!alias) throw noAlias(this.#fn);
    for (const [id, version] of pinsOfAlias(alias)) this.#pins.set(id, version);
    // Somebody pointed it by hand: the versions themselves say what they pin.
    const unknown = idsOf(alias).filter((id) => !this.#pins.has(id));
    await Promise.all(unknown.map((id) => this.#readPin(id)));
    return splitOf(alias, this.#pins);
  }

  /** Throws `publish.*`, and `traffic.baked` where another version is in the function than the one asked for. */
  async publish(version: number): Promise<Target> {
    const { pace, model } = this.#options;
    const baked = await this.#tagged(FUNCTION_TAGS.baked);
    if (baked !== undefined && baked !== version) throw otherBaked(this.#fn.name, model, baked, version);
    return { version, id: await publishPinned(this.#fn, { model, version }, pace) };
  }

  /**
   * Provisions what the function's tag asks for, first: by now the version is on record, so that whoever dies in here
   * leaves nothing that `withdraw` is not called for. Throws `publish.*`; after `publish.timeout` the same call goes on.
   */
  async warmUp({ id }: Target, manifest: Manifest): Promise<WarmedUp> {
    const { pace } = this.#options;
    const executions = await this.#tagged(FUNCTION_TAGS.provisionedConcurrency);
    if (executions !== undefined) await provision(this.#fn, id, executions, pace);
    return warmUp(this.#fn, id, manifest, pace);
  }

  /** Throws `publish.crashed`. A request that is larger than Lambda takes is answered as one whose answer is. */
  async ask({ id }: Target, manifest: Manifest, body: string): Promise<TargetAnswer> {
    const event = requestEvent(manifest, body);
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) return { status: TOO_LARGE, body: '', ms: 0 };
    const began = performance.now();
    const answer = await askVersion({ fn: this.#fn, functionVersion: id, manifest }, event);
    return { status: answer.status, body: answer.body.toString('utf8'), ms: performance.now() - began };
  }

  async shift(split: Split, revision: string): Promise<LiveSplit | undefined> {
    const at = revision === '' ? await this.#unpointed() : revision;
    if (at === undefined) return undefined;
    const pointing = pointingOf(split);
    try {
      const { revisionId } = await this.#fn.pointAlias(LIVE_ALIAS, pointing, at);
      return splitOf({ ...pointing, weights: pointing.weights ?? {}, revisionId }, pinsOfAlias(pointing));
    } catch (error) {
      if (isAwsError(error, 'PreconditionFailedException')) return undefined;
      throw error;
    }
  }

  async observe(split: LiveSplit, since: number, until: number): Promise<Observation> {
    const { observe } = await import('./observations.ts');
    const { fn, ...options } = this.#options;
    return observe({ ...options, functionName: fn.name, split, since, until });
  }

  async alarms(): Promise<readonly string[]> {
    const { alarmStates } = await import('../alarms.ts');
    const { region, stage, model } = this.#options;
    const states = await alarmStates(region, alarmPrefix(stage, model));
    return states
      .filter(({ name, state }) => state === 'ALARM' && alarmOf(stage, model, name) !== undefined)
      .map(({ name }) => name);
  }

  /** Executions that are kept for it are paid for: what no alias uses has none. Nothing to do where it never had any. */
  async withdraw({ id }: Target): Promise<void> {
    if (!(await this.#fn.provisioning(id))) return;
    const used = (await this.#fn.aliases()).flatMap(idsOf);
    if (!used.includes(id)) await this.#fn.unprovision(id);
  }

  /** Their images, too, where no other version is made of them. */
  async retire(keep: readonly Target[]): Promise<readonly string[]> {
    const retired = await retireVersions(
      this.#fn,
      keep.map(({ id }) => id),
    );
    if (retired.some(({ packageType }) => packageType === 'Image')) {
      const { digestsOf, removeImages } = await import('./images.ts');
      const { region, stage } = this.#options;
      await removeImages({ region, repository: repositoryName(stage), digests: digestsOf(retired) });
    }
    return retired.map(({ version }) => version);
  }

  async #readPin(id: string): Promise<void> {
    const version = pinOf((await this.#fn.facts(id))?.environment ?? {});
    if (version === undefined) throw unpinned(this.#fn.name, this.#options.model, id);
    this.#pins.set(id, version);
  }

  /** The state of an alias that leads nowhere yet; undefined where it leads somewhere by now. */
  async #unpointed(): Promise<string | undefined> {
    const alias = await this.#fn.alias(LIVE_ALIAS);
    if (!alias) throw noAlias(this.#fn);
    return alias.functionVersion === '$LATEST' ? alias.revisionId : undefined;
  }

  /** The number that a tag of the function says. */
  async #tagged(tag: string): Promise<number | undefined> {
    const latest = await this.#fn.facts();
    if (!latest) throw noFunction(this.#fn.name);
    const { [tag]: said } = await this.#fn.tags(latest.arn);
    return said === undefined ? undefined : Number(said);
  }
}

const unpinned = (name: string, model: string, functionVersion: string): OnnwardError =>
  invalid(
    'traffic.unpinned',
    `${model}@live leads to version ${functionVersion} of function ${name}, which pins no version of the model.`,
    {
      fix: 'Somebody pointed it by hand: point the Lambda alias to $LATEST, run `onnward deploy`, then release again.',
      fields: { function: name, model, functionVersion },
    },
  );

const otherBaked = (name: string, model: string, baked: number, version: number): OnnwardError =>
  invalid('traffic.baked', `Function ${name} holds ${model}:${baked} alone, and cannot serve version ${version}.`, {
    fix: `Leave \`bake\` of ${model} out, run \`onnward deploy\`, and release the version; then set it again.`,
    fields: { function: name, model, baked, version },
  });
