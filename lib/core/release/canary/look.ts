import type { LiveSplit, Traffic } from '../../ports.ts';
import type { PublishDocument } from '../documents.ts';
import type { Observation } from '../observation.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';
import { type CanaryDocument, type LookDocument, observationJson, observationOf, type StepBegan } from './documents.ts';
import { askGolden, sumOf } from './golden.ts';
import { judge } from './judge.ts';
import { type DueLook, isJudged } from './plan.ts';
import { judgeSettings } from './settings.ts';

/** What a look stands on. */
export interface Watched {
  readonly canary: CanaryDocument;
  readonly began: StepBegan;
  readonly looks: readonly LookDocument[];
  readonly split: LiveSplit;
  readonly published: Required<PublishDocument>;
}

/** Looks at both sides since the step began, and judges them. Nothing is written, and no live traffic is moved. */
export async function lookAt(
  world: ReleaseWorld,
  release: Release,
  { canary, began, looks, split, published }: Watched,
  due: DueLook,
): Promise<LookDocument> {
  const traffic = world.traffic(release.model);
  const since = Date.parse(began.at);
  const live = await traffic.observe(split, since, since + due.seconds * 1000);
  const golden = await goldenOf(world, release, traffic, { began, looks, published }, live, due);
  const raised = (await traffic.alarms()).filter((alarm) => !canary.alarms.includes(alarm));
  const seen = { live: observationJson(live), ...(golden && { golden: observationJson(golden) }) };
  return {
    ...due,
    at: new Date(world.clock()).toISOString(),
    judged: isJudged(began, looks, { ...seen, seconds: due.seconds }),
    ...seen,
    results: judge(
      { live, raised, resolutionMs: traffic.resolutionMs, ...(golden && { golden }) },
      due.level,
      judgeSettings(release.options.judge),
    ),
  };
}

/**
 * Golden questions of the step so far, and those that are still missing once the bake is over. A release that may break
 * what clients send has no question that both sides understand.
 */
async function goldenOf(
  { registry, now }: ReleaseWorld,
  { model, version, options, allowBreaking }: Release,
  traffic: Traffic,
  { began, looks, published }: Pick<Watched, 'began' | 'looks' | 'published'>,
  live: Observation,
  { seconds }: DueLook,
): Promise<Observation | undefined> {
  const last = looks.at(-1)?.golden;
  const before = last && observationOf(last);
  const missing = began.needed - live.challenger.requests - (before?.challenger.requests ?? 0);
  if (!options.judge?.goldenTraffic || allowBreaking || seconds < began.bakeSeconds || missing <= 0) return before;
  const { target, champion } = published;
  const sides = {
    champion: { target: champion, manifest: await registry.manifest(model, champion.version) },
    challenger: { target, manifest: await registry.manifest(model, version) },
  };
  const asked = await askGolden(traffic, sides, missing, now);
  if (asked.challenger.requests === 0) return before;
  return before ? sumOf(before, asked) : asked;
}
