import { secondsOf } from '../duration.ts';
import { invalid } from '../errors.ts';
import type { JudgeOptions, ReleaseOptions } from './options.ts';

/**
 * What a request may say of a release, where the deployed configuration is to hold for whoever asks: the same canary with
 * longer bakes and more requests. Throws `release.weaker` with the path of the first option that is neither.
 */
export function expectNoWeaker(configured: ReleaseOptions, asked: ReleaseOptions, model: string): void {
  const [path] = weakened(configured, asked);
  if (path === undefined) return;
  throw invalid('release.weaker', `A release of ${model} cannot say ${path}: the stage's own configuration does.`, {
    fix: 'Leave it out, or change the configuration and deploy it.',
    fields: { model, path },
  });
}

function weakened(configured: ReleaseOptions, { canary, judge, ...others }: ReleaseOptions): string[] {
  return [...Object.keys(others), ...weakerSteps(configured, canary), ...weakerJudge(configured.judge, judge)];
}

function weakerSteps({ canary: configured = [] }: ReleaseOptions, asked: ReleaseOptions['canary']): string[] {
  if (!asked) return [];
  if (asked.length !== configured.length) return ['canary'];
  return asked.flatMap(({ weight, bake, minimumRequests = 0 }, step) => {
    const own = configured[step];
    if (!own || weight !== own.weight) return [`canary.${step}.weight`];
    if (secondsOf(bake) < secondsOf(own.bake)) return [`canary.${step}.bake`];
    return minimumRequests < (own.minimumRequests ?? 0) ? [`canary.${step}.minimumRequests`] : [];
  });
}

function weakerJudge(configured: JudgeOptions = {}, asked: JudgeOptions = {}): string[] {
  const { minimumRequests, ...others } = asked;
  const differing = Object.entries(others).filter(([name, value]) => configured[name as keyof JudgeOptions] !== value);
  const isFewer = minimumRequests !== undefined && minimumRequests < (configured.minimumRequests ?? 0);
  return [...differing.map(([name]) => name), ...(isFewer ? ['minimumRequests'] : [])].map((name) => `judge.${name}`);
}
