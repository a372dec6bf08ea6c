import { createHash } from 'node:crypto';
import { FUNCTION_TAGS } from '#core/deployment/names.ts';
import type { NewRelease } from '#core/release/events.ts';
import { pendingReleases } from '#core/release/pending.ts';
import { lastRelease } from '#core/release/releases.ts';
import { readDocument, writeDocument } from '#core/release/store.ts';
import type { Stage } from './stage.ts';
import type { Opened } from './world.ts';

/** A release that begins by itself. */
interface Start {
  readonly model: string;
  /** Names what it is begun for, so that this is done once, however often it is found or told. */
  readonly cause: string;
  readonly request: NewRelease;
}

/** New code, or other settings, of a function go live as a new version does: through the gates. The models of which one begins. */
export async function startDeployed(opened: Opened, stage: Stage, event: string): Promise<string[]> {
  const found = await Promise.all(opened.models.map((model) => startOf(opened, stage, model, event)));
  return startAll(
    stage,
    found.filter((start) => start !== undefined),
  );
}

/**
 * What could not begin at its time, as another release of the model was open: versions that were registered, and what was
 * deployed then. The models of which one begins.
 */
export async function startLate(opened: Opened, stage: Stage): Promise<string[]> {
  const { world, models } = opened;
  const day = new Date(world.clock()).toISOString().slice(0, 10);
  const registered = (await pendingReleases(world)).map((request) => ({
    model: request.model.replace(/:\d+$/, ''),
    // One that cannot begin is tried each day.
    cause: `registered ${day}`,
    request,
  }));
  // What is published for a new version has the new code, too.
  const others = models.filter((name) => !registered.some(({ model }) => model === name));
  const deployed = await Promise.all(others.map((model) => postponed(opened, stage, model)));
  return startAll(stage, [...registered, ...deployed.filter((start) => start !== undefined)]);
}

/** Where a release of the model is open, it is noted beside that. */
async function startOf({ world }: Opened, stage: Stage, model: string, event: string): Promise<Start | undefined> {
  const request = await deployedRequest(stage, model);
  if (!request) return undefined;
  const last = await lastRelease(world.store, model);
  if (!last || last.end) return { model, cause: event, request };
  await writeDocument(world.store, last.release.release, 'postponed', {
    at: new Date(world.clock()).toISOString(),
    event,
  });
  return undefined;
}

/** What was deployed while the last release was open, unless that one tried the very same. */
async function postponed({ world }: Opened, stage: Stage, model: string): Promise<Start | undefined> {
  const last = await lastRelease(world.store, model);
  if (!last?.end) return undefined;
  const { release } = last.release;
  const noted = await readDocument(world.store, release, 'postponed');
  const request = noted && (await deployedRequest(stage, model));
  if (!request) return undefined;
  const published = await readDocument(world.store, release, 'publish');
  const isTried = published !== undefined && (await isLike(stage, model, published.target.id));
  return isTried ? undefined : { model, cause: `postponed ${release}`, request };
}

/** Undefined where publishing would give what is live, or where nothing is live yet: the first one is `onnward deploy`'s. */
async function deployedRequest(stage: Stage, model: string): Promise<NewRelease | undefined> {
  const live = await stage.traffic(model).live();
  if (!live || (await isLike(stage, model, live.champion.id))) return undefined;
  const fn = stage.fn(model);
  const latest = await fn.facts();
  if (!latest) return undefined;
  // A function that holds one version can serve no other.
  const { [FUNCTION_TAGS.baked]: baked } = await fn.tags(latest.arn);
  return { model: `${model}:${baked ?? live.champion.version}`, trigger: 'deployed', actor: 'deployment' };
}

/** Whether publishing would give that version of the function again; also where one of the two is gone. */
async function isLike(stage: Stage, model: string, id: string): Promise<boolean> {
  const { isAlike } = await import('#adapters/aws/lambda/publish-and-point.ts');
  const fn = stage.fn(model);
  const [latest, published] = await Promise.all([fn.facts(), fn.facts(id)]);
  return !latest || !published || isAlike(latest, published);
}

async function startAll({ region, workflow }: Stage, starts: readonly Start[]): Promise<string[]> {
  if (workflow === undefined || starts.length === 0) return [];
  const { Executions } = await import('#adapters/aws/executions.ts');
  const executions = new Executions(region);
  const started: string[] = [];
  try {
    for (const start of starts) {
      if (await executions.startOnce(workflow, executionName(start), start.request)) started.push(start.model);
    }
  } finally {
    executions.close();
  }
  return started;
}

/** The same for the same cause, of characters that Step Functions takes. */
const executionName = ({ cause, request }: Start): string =>
  `${request.trigger}-${createHash('sha256').update(`${cause}/${request.model}`).digest('hex').slice(0, 32)}`;
