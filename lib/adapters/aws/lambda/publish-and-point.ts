import { LIVE_ALIAS } from '#core/deployment/names.ts';
import { isSameEnvironment } from '#core/deployment/pin.ts';
import { type Pointing, pointing } from '#core/deployment/pointing.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { Target, WarmedUp } from '#core/ports.ts';
import { isAwsError } from '../aws-errors.ts';
import { contended } from './contended.ts';
import type { FunctionFacts } from './facts.ts';
import type { LambdaFunction } from './function.ts';
import { type Live, requireLive } from './live.ts';
import { provision } from './provision.ts';
import { publishPinned } from './publish.ts';
import { pointingOf } from './split.ts';
import { ATTEMPTS, type Pace, pauseBefore } from './waiting.ts';
import { warmUp } from './warm-up.ts';

export interface PublishAndPointOptions {
  readonly model: string;
  /** The stage's registry. */
  readonly registry: Registry;
  /** The version that goes live where the registry records none. @default - none */
  readonly named?: number | undefined;
  /** Executions kept initialised. @default - none */
  readonly provisionedConcurrency?: number | undefined;
  /** Called before each step, with words for who waits. */
  readonly onStep?: ((step: string) => void) | undefined;
  readonly pace?: Pace | undefined;
}

/** What `live` is now, and what was done about it. */
export type Pointed =
  /** It was pointed to a version that answers as recorded. */
  | { readonly action: 'point'; readonly version: number; readonly functionVersion: string; readonly golden: WarmedUp }
  /** It stood already. `waits`: the function has other code or settings by now. `recorded`: the registry's record was set right. */
  | {
      readonly action: 'leave';
      readonly version: number;
      readonly functionVersion: string;
      readonly waits: boolean;
      readonly recorded: boolean;
    }
  /** A canary is under way. */
  | { readonly action: 'wait'; readonly functionVersion: string }
  /** There is no version to point to. */
  | { readonly action: 'none' };

/**
 * Makes a version of the model live where none is: publishes the function with its pin, warms it up, compares its golden
 * answers, and only then points the alias, by compare-and-swap; the registry's record follows. A `live` that stands is
 * left alone. Safe to do again, wherever it ended. Throws `deploy.live_stands`, `publish.*`, `aws.*`, and what the registry throws.
 */
export async function publishAndPoint(fn: LambdaFunction, options: PublishAndPointOptions): Promise<Pointed> {
  const { model, registry, named, pace } = options;
  let prepared: Prepared | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const live = await requireLive(fn);
    const recorded = (await registry.alias(model, LIVE_ALIAS))?.version;
    const decision = pointing({
      model,
      traffic: live.traffic,
      ...(recorded !== undefined && { recorded }),
      ...(named !== undefined && { named }),
    });
    if (decision.action !== 'point') return stand(fn, live, decision, options);
    const { version } = decision;
    if (prepared?.version !== version) prepared = await prepare(fn, version, options);
    const { functionVersion, golden } = prepared;
    if (await swap(fn, { id: functionVersion, version }, live.alias.revisionId)) {
      await record(
        options,
        { id: functionVersion, version },
        `deployed: the first version of function ${fn.name} to go live`,
      );
      return { action: 'point', version, functionVersion, golden };
    }
    await pauseBefore(attempt, pace);
  }
  throw contended(fn.name);
}

interface Prepared {
  readonly version: number;
  readonly functionVersion: string;
  readonly golden: WarmedUp;
}

/** A published version that answers as recorded; what it took is taken back where it does not. */
async function prepare(fn: LambdaFunction, version: number, options: PublishAndPointOptions): Promise<Prepared> {
  const { model, registry, provisionedConcurrency, onStep, pace } = options;
  const manifest = await registry.manifest(model, version);
  onStep?.(`publishing function ${fn.name} with version ${version}`);
  const functionVersion = await publishPinned(fn, { model, version }, pace);
  try {
    if (provisionedConcurrency !== undefined) {
      onStep?.(`provisioning ${provisionedConcurrency} executions of version ${functionVersion} of the function`);
      await provision(fn, functionVersion, provisionedConcurrency, pace);
    }
    onStep?.(`warming up version ${functionVersion} of the function`);
    return { version, functionVersion, golden: await warmUp(fn, functionVersion, manifest, pace) };
  } catch (error) {
    // Nobody is to pay for executions of a version that does not go live.
    if (provisionedConcurrency !== undefined) await fn.unprovision(functionVersion).catch(() => undefined);
    throw error;
  }
}

/** Whether the alias was still as it was read. */
async function swap(fn: LambdaFunction, champion: Target, revisionId: string): Promise<boolean> {
  try {
    await fn.pointAlias(LIVE_ALIAS, pointingOf({ champion, weight: 0 }), revisionId);
    return true;
  } catch (error) {
    if (isAwsError(error, 'PreconditionFailedException')) return false;
    throw error;
  }
}

async function stand(
  fn: LambdaFunction,
  { alias: { functionVersion } }: Live,
  decision: Exclude<Pointing, { action: 'point' }>,
  options: PublishAndPointOptions,
): Promise<Pointed> {
  if (decision.action === 'none') return { action: 'none' };
  if (decision.action === 'wait') return { action: 'wait', functionVersion };
  const { version } = decision;
  const why = `as version ${functionVersion} of function ${fn.name} answers`;
  const recorded = await record(options, { id: functionVersion, version }, why);
  const [latest, live] = await Promise.all([fn.facts(), fn.facts(functionVersion)]);
  const waits = latest !== undefined && live !== undefined && !isAlike(latest, live);
  return { action: 'leave', version, functionVersion, waits, recorded };
}

/** Whether publishing would give what is live: the version of the model apart, which a release decides. */
export const isAlike = (latest: FunctionFacts, live: FunctionFacts): boolean =>
  latest.codeSha256 === live.codeSha256 &&
  latest.memory === live.memory &&
  latest.timeout === live.timeout &&
  isSameEnvironment(latest.environment ?? {}, live.environment ?? {});

/** What traffic gets is the truth; the registry's record follows it. Whether it had to. */
async function record({ registry, model }: PublishAndPointOptions, live: Target, why: string): Promise<boolean> {
  const current = await registry.alias(model, LIVE_ALIAS);
  if (current?.version === live.version && current.target === live.id) return false;
  const moved = { version: live.version, target: live.id };
  await registry.setReleased(model, LIVE_ALIAS, moved, { why, expectSequence: current?.sequence ?? 0 });
  return true;
}
