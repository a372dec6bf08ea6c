import { readDocument } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import { documentKey, releasePrefix } from '#core/release/keys.ts';
import type { Wait } from '#core/release/release.ts';
import { waitsOf } from '#core/release/waits.ts';

/** What is looked for of a release, in the order in which it comes about: names of documents, or prefixes of them. */
const STEPS = [
  'verify',
  'evaluation',
  'gates',
  'publish',
  'warm-up',
  'shadow',
  'canary',
  'canary/',
  'waits/',
  'decisions/',
  'abort',
  'live',
  'roll-back',
  'end',
] as const;

type Step = (typeof STEPS)[number];

/** A document of a release. */
export interface Found {
  readonly step: Step;
  /** Below the release's prefix: `canary/0/looks/3.json`. */
  readonly path: string;
  readonly document: object;
}

/**
 * What has come since the last time, in the order in which it came about. `told` are the paths of before, and it gets the
 * new ones. Of the looks of a step that have come together the last one says all.
 */
export async function newDocuments(store: ObjectStore, release: string, told: Set<string>): Promise<Found[]> {
  const found: Found[] = [];
  for (const step of STEPS) {
    for (const path of await pathsOf(store, release, step)) {
      if (told.has(path)) continue;
      const document = await readDocument<object>(store, releasePrefix(release) + path);
      if (document) found.push({ step, path, document });
    }
  }
  for (const { path } of found) told.add(path);
  const isAsked = found.some(({ step }) => step === 'waits/' || step === 'decisions/');
  const waits = isAsked ? (await waitsOf({ store }, release)).map(({ wait }) => wait) : [];
  return withoutPassed(found.sort((a, b) => placeOf(a, waits) - placeOf(b, waits)));
}

async function pathsOf(store: ObjectStore, release: string, step: Step): Promise<string[]> {
  const prefix = releasePrefix(release);
  if (!step.endsWith('/')) return [documentKey(release, step).slice(prefix.length)];
  const found: string[] = [];
  for await (const { key } of store.list(prefix + step))
    if (key.endsWith('.json')) found.push(key.slice(prefix.length));
  return found;
}

const A_STEP = 1e9;
const A_WEIGHT = 1e6;
const LOOKED = /^canary\/(\d+)\/(?:looks\/(\d+)|(began|ended))/;

/** A person is asked, and answers, behind the state that asks. */
function placeOf({ step, path }: Found, waits: readonly Wait[]): number {
  const number = Number(/(\d+)\.json$/.exec(path)?.[1] ?? 0);
  if (step === 'canary/') return placeInCanary(path);
  if (step !== 'waits/' && step !== 'decisions/') return STEPS.indexOf(step) * A_STEP;
  const of = waits.find((wait) => wait.number === number)?.of ?? 'gates';
  const [, weight] = /^canary-(\d+)$/.exec(of) ?? [];
  const behind =
    weight === undefined ? STEPS.indexOf(of as Step) * A_STEP : placeInCanary(`canary/${weight}/ended.json`);
  return behind + (step === 'waits/' ? 1 : 2);
}

function placeInCanary(path: string): number {
  const [, weight = '0', look, part] = LOOKED.exec(path) ?? [];
  const within = look === undefined ? (part === 'began' ? 0 : A_WEIGHT / 2) : Number(look);
  return STEPS.indexOf('canary/') * A_STEP + Number(weight) * A_WEIGHT + within;
}

const lookOf = (found: Found | undefined): string | undefined => /^(canary\/\d+\/looks)\//.exec(found?.path ?? '')?.[1];

const withoutPassed = (found: readonly Found[]): Found[] =>
  found.filter((each, index) => {
    const look = lookOf(each);
    return look === undefined || look !== lookOf(found[index + 1]);
  });
