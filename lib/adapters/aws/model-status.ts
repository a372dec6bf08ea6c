import { aspectsOf, type Aspect } from '#core/deployment/aspects.ts';
import {
  type Condition,
  conditionOf,
  type DeployedChallenger,
  type DeployedModel,
  type DeployedPrevious,
  type DeployedWatch,
  type OpenRelease,
} from '#core/deployment/condition.ts';
import { pinOf } from '#core/deployment/pin.ts';
import { OnnwardError } from '#core/errors.ts';
import { FEEDBACK, parseFeedbackOptions } from '#core/monitoring/feedback-options.ts';
import { listActions } from '#core/monitoring/act/actions.ts';
import { lastWindows } from '#core/monitoring/monitor/last-windows.ts';
import { receiptKeyKey } from '#core/monitoring/receipt-keys.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';
import type { Registry } from '#core/registry/registry.ts';
import { isExpired } from '#core/release/expire.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { lastRelease } from '#core/release/releases.ts';
import type { LambdaFunction } from './lambda/function.ts';
import { type Live, readLive } from './lambda/live.ts';
import { idsOf, pinsOfAlias, splitOf } from './lambda/split.ts';

/** A model, what was found of it, and what to make of that. */
export interface ModelStatus extends DeployedModel {
  readonly condition: Condition;
  readonly aspects: readonly Aspect[];
}

/** Where what is known of a stage's models lies. */
export interface StageRecords {
  readonly stage: string;
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** Looks at a model: at its function, and at what the store has of it. `options` are those that its releases go by. Throws `aws.*`. */
export async function readModel(
  records: StageRecords,
  fn: LambdaFunction,
  model: string,
  options: Promise<ReleaseOptions | undefined>,
): Promise<ModelStatus> {
  const { registry, store, stage } = records;
  const [live, recorded, before, release, watch, missing] = await Promise.all([
    readLive(fn),
    unlessAbsent(() => registry.alias(model, 'live')),
    unlessAbsent(() => registry.alias(model, 'previous')),
    unlessAbsent(() => openRelease(records, model)),
    unlessAbsent(() => lastWatch(records, model)),
    options.then((found) => unlessAbsent(() => lacking(store, found))),
  ]);
  const [challenger, previous, feedback] = await Promise.all([
    live && challengerOf(fn, live),
    before && previousOf(fn, before),
    live?.answering && feedbackOf(store, live.answering.environment ?? {}),
  ]);
  const found: DeployedModel = {
    stage,
    model,
    ...(live && { traffic: live.traffic }),
    ...(live?.answering && { state: live.answering.state, stateReason: live.answering.stateReason }),
    ...(recorded && { recorded: recorded.version }),
    ...(challenger && { challenger }),
    ...(release && { release }),
    ...(previous && { previous }),
    ...(feedback && { feedback }),
    ...(watch && { watch }),
    missing: missing ?? [],
  };
  return { ...found, condition: conditionOf(found), aspects: aspectsOf(found) };
}

async function challengerOf(fn: LambdaFunction, { alias }: Live): Promise<DeployedChallenger | undefined> {
  const [, functionVersion] = idsOf(alias);
  if (functionVersion === undefined) return undefined;
  const said = pinsOfAlias(alias);
  const version = said.get(functionVersion) ?? pinOf((await fn.facts(functionVersion))?.environment ?? {});
  return { functionVersion, ...(version !== undefined && { version }), weight: splitOf(alias, said)?.weight ?? 0 };
}

async function previousOf(fn: LambdaFunction, { version, target }: AliasRecord): Promise<DeployedPrevious> {
  if (target === undefined) return { version };
  const facts = await fn.facts(target);
  const standing = facts && { state: facts.state, ...(facts.state !== 'Active' && { stateReason: facts.stateReason }) };
  return { version, functionVersion: target, ...standing };
}

async function openRelease({ store, clock }: StageRecords, model: string): Promise<OpenRelease | undefined> {
  const status = await lastRelease(store, model);
  if (!status || status.end) return undefined;
  const { release, state, wait } = status;
  const asks = state === 'waiting' && wait && { reason: wait.reason, expires: wait.expires };
  return {
    release: release.release,
    version: release.version,
    ...(asks && { wait: { ...asks, isExpired: isExpired(status, clock()) } }),
  };
}

const DAY_MS = 86_400_000;

/** By the last window's document, and the last actions. */
async function lastWatch({ store, clock }: StageRecords, model: string): Promise<DeployedWatch | undefined> {
  const [last] = await lastWindows(store, model, 1, clock());
  if (!last) return undefined;
  const { to: until, captured, drift } = last;
  const waiting = (await listActions(store, model, LOOKED_AT)).find(({ state }) => state === 'waiting')?.request;
  return {
    until,
    isStale: clock() - Date.parse(until) > DAY_MS,
    captured,
    ...(drift && { state: drift.state }),
    drifting: drift?.features.filter(({ confirmed }) => confirmed).map(({ name }) => name) ?? [],
    ...(waiting && { waiting: { action: waiting.action, reason: waiting.reason } }),
  };
}

/** Actions: one that waits is among the last. */
const LOOKED_AT = 5;

/** What answers now was published with its settings: what the configuration says meanwhile is not yet so. */
async function feedbackOf(store: ObjectStore, environment: Readonly<Record<string, string>>) {
  if (!parseFeedbackOptions(environment[FEEDBACK.options])) return 'off';
  return (await isThere(store, receiptKeyKey(1))) ? 'on' : 'no key';
}

/** Rows in other buckets are not looked for: who asks may not be allowed to. */
async function lacking(store: ObjectStore, options: ReleaseOptions | undefined): Promise<string[]> {
  const keys = [options?.evaluation?.data, (options?.shadow || undefined)?.data]
    .filter((data) => data !== undefined)
    .filter((data) => !/^(s3|file):/.test(data));
  const there = await Promise.all(keys.map((key) => isThere(store, key)));
  return keys.filter((_, index) => !there[index]);
}

async function isThere(store: ObjectStore, asked: string): Promise<boolean> {
  for await (const { key } of store.list(asked)) return key === asked || asked.endsWith('/');
  return false;
}

/** Undefined where there is no such model, or no registry yet. */
async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OnnwardError && ['store.no_bucket', 'model.not_found'].includes(error.code)) return undefined;
    throw error;
  }
}
