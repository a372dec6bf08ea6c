import { invalid, OnnwardError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { sha256 } from '../registry/document.ts';
import { serializeManifest } from '../model/manifest.ts';
import type { NewRelease, RegisteredEvent, ReleaseRequest, TaskAnswer } from './events.ts';
import { expire, isExpired } from './expire.ts';
import { parseReleaseId, releaseId } from './keys.ts';
import { expectConsistent, parseReleaseOptions, type ReleaseOptions } from './options.ts';
import type { Release } from './release.ts';
import { lastRelease, listReleases, type ReleaseStatus } from './releases.ts';
import { expectNoWeaker } from './strictness.ts';
import { readDocument, readRelease, writeDocument } from './store.ts';
import { repairRecord } from './traffic.ts';
import type { ReleaseWorld } from './world.ts';

const MANIFEST_KEY = /^models\/([^/]+)\/versions\/([1-9]\d{0,14})\/manifest\.json$/;

/**
 * Begins a release, or finds the one that goes on: asking again for the version whose release is open is going on with it.
 * Throws `release.under_way` where another one of the model is open, `release.no_gates`, `release.already_live`,
 * `release.options`, `release.request`, and what the registry throws of the reference.
 */
export async function openRelease(world: ReleaseWorld, execution: string, input: ReleaseRequest): Promise<TaskAnswer> {
  if ('release' in input) return goOn(world, input.release);
  const asked = 'detail-type' in input ? registered(world, input) : input;
  if (!asked) return { release: '', next: 'nothing' };
  if (typeof asked.model !== 'string') throw badRequest();
  const { manifest: wanted } = await world.registry.resolveLatest(asked.model);
  const last = await openOf(world, wanted.name);
  if (asked.trigger === 'registered' && !(await isNews(world, wanted))) return { release: '', next: 'nothing' };
  if (last && !last.end)
    return asked.trigger === 'registered' ? { release: '', next: 'nothing' } : joined(last, wanted);
  const number = (parseReleaseId(last?.release.release ?? '')?.number ?? 0) + 1;
  const mine = await requestOf(world, execution, asked, wanted, releaseId(wanted.name, number));
  const claimed = await writeDocument(world.store, mine.release, 'request', mine);
  if (claimed.execution === execution) return { release: claimed.release, next: 'verify' };
  return joined({ release: claimed, state: 'open' }, wanted);
}

async function goOn({ store }: ReleaseWorld, release: string): Promise<TaskAnswer> {
  await readRelease(store, release);
  return (await readDocument(store, release, 'end')) ? { release, next: 'nothing' } : { release, next: 'verify' };
}

/** What begins by itself: a version of a model whose releases do. */
function registered(world: ReleaseWorld, { detail }: RegisteredEvent): NewRelease | undefined {
  const [, model, version] = MANIFEST_KEY.exec(detail.object.key) ?? [];
  if (model === undefined || !world.optionsOf(model).autoRelease) return undefined;
  return { model: `${model}:${version}`, trigger: 'registered', actor: 'registration' };
}

/**
 * Events come late, twice, and in any order: a version that was released, or that is older than one that was or than what is
 * live, is not released by itself.
 */
async function isNews({ store, registry }: ReleaseWorld, { name, version }: Manifest): Promise<boolean> {
  const live = (await registry.alias(name, 'live'))?.version ?? 0;
  const released = (await listReleases(store, name)).map(({ release }) => release.version);
  return version > Math.max(live, 0, ...released);
}

/** The last release of the model; one that nobody has decided on in time is closed first. */
async function openOf(world: ReleaseWorld, model: string): Promise<ReleaseStatus | undefined> {
  const last = await lastRelease(world.store, model);
  if (!last || !isExpired(last, world.clock())) return last;
  await expire(world, last);
  return lastRelease(world.store, model);
}

function joined({ release, state }: ReleaseStatus, { name, version }: Manifest): TaskAnswer {
  if (release.version === version && release.trigger !== 'deployed')
    return { release: release.release, next: 'verify' };
  throw new OnnwardError(
    `${release.release} of ${name}:${release.version} is ${state}, and a model has one release at a time.`,
    {
      code: 'release.under_way',
      kind: 'conflict',
      fix: `Wait for it (\`onnward watch ${release.release}\`), or end it: \`onnward abort ${release.release} --reason …\`.`,
      fields: { release: release.release, model: name, version: release.version, asked: version },
    },
  );
}

async function requestOf(
  world: ReleaseWorld,
  execution: string,
  asked: NewRelease,
  manifest: Manifest,
  release: string,
): Promise<Release> {
  const { name: model, version } = manifest;
  const options = mergedOptions(world, model, asked.options);
  const live = await repairRecord(world, model);
  return {
    format: 1,
    release,
    execution,
    model,
    version,
    manifest: sha256(serializeManifest(manifest)),
    ...(live && { champion: live.champion.version }),
    options,
    allowBreaking: asked.allowBreaking ?? false,
    trigger: asked.trigger ?? 'command',
    actor: asked.actor ?? 'unknown',
    ...(asked.why !== undefined && { why: asked.why }),
    at: new Date(world.clock()).toISOString(),
    ...(asked.carried && { carried: asked.carried }),
  };
}

function mergedOptions(world: ReleaseWorld, model: string, asked: ReleaseOptions = {}): ReleaseOptions {
  const configured = world.optionsOf(model);
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const where = `the options of ${model}`;
  if (world.strict) expectNoWeaker(configured, parseReleaseOptions(said, where), model);
  const judge = { ...configured.judge, ...asked.judge };
  const merged = { ...configured, ...said, ...(Object.keys(judge).length > 0 && { judge }) };
  const options = parseReleaseOptions(merged, where);
  if ((options.gates ?? []).length > 0) return expectConsistent(options, where);
  throw invalid('release.no_gates', `${model} has no gates, and nothing is released without one.`, {
    fix: `Add \`evaluation\` and \`gates\` to models.${model} of onnward.config.ts, such as gates: [atLeast('accuracy', 0.9)].`,
    fields: { model },
  });
}

const badRequest = (): OnnwardError =>
  invalid(
    'release.request',
    "The request names neither a release nor a model: expected { release } or { model: 'name:version' }.",
  );
