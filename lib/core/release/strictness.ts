import { secondsOf } from '../duration.ts';
import { invalid } from '../errors.ts';
import { isLiveEvaluation } from '../monitoring/act/live-evaluation.ts';
import { JUDGE } from './canary/settings.ts';
import type { CanaryStep, JudgeOptions, ReleaseOptions } from './options.ts';

/**
 * What a request may say of a release, where the deployed configuration is to hold for whoever asks: the same canary with
 * longer bakes and more requests, and a person's approval. Throws `release.weaker` with the path of the first option that is neither.
 */
export function expectNoWeaker(configured: ReleaseOptions, asked: ReleaseOptions, model: string): void {
  const [path] = weakened(configured, asked, model);
  if (path === undefined) return;
  throw invalid('release.weaker', `A release of ${model} cannot say ${path}: the stage's own configuration does.`, {
    fix: 'Leave it out, or change the configuration and deploy it.',
    fields: { model, path },
  });
}

function weakened(
  configured: ReleaseOptions,
  { canary, judge = {}, approval, evaluation, ...others }: ReleaseOptions,
  model: string,
): string[] {
  // A person may be asked where nobody was to be; nobody is left out who was.
  const isWeaker = approval === false || (approval !== undefined && Boolean(configured.approval));
  return [
    ...Object.keys(others),
    ...(isOther(configured.evaluation, evaluation, model) ? ['evaluation'] : []),
    ...(isWeaker ? ['approval'] : []),
    ...weakerSteps(configured, canary, judge),
    ...weakerJudge(configured.judge, judge),
  ];
}

/** Monitoring has what was trained for an alarm judged on the rows that came live. */
const isOther = (
  configured: ReleaseOptions['evaluation'],
  asked: ReleaseOptions['evaluation'],
  model: string,
): boolean => asked !== undefined && !(configured && isLiveEvaluation(model, configured, asked));

function weakerSteps(
  { canary: configured = [], judge: own }: ReleaseOptions,
  asked: ReleaseOptions['canary'],
  judge: JudgeOptions,
): string[] {
  if (!asked) return [];
  if (asked.length !== configured.length) return ['canary'];
  return asked.flatMap((step, index) => {
    const before = configured[index];
    if (!before || step.weight !== before.weight) return [`canary.${index}.weight`];
    if (secondsOf(step.bake) < secondsOf(before.bake)) return [`canary.${index}.bake`];
    const isFewer = requestsOf(step, { ...own, ...judge }) < requestsOf(before, own);
    return isFewer ? [`canary.${index}.minimumRequests`] : [];
  });
}

/** What a step takes where it does not say so itself is what the judge says. */
const requestsOf = ({ minimumRequests }: CanaryStep, judge: JudgeOptions = {}): number =>
  minimumRequests ?? judge.minimumRequests ?? JUDGE.minimumRequests;

function weakerJudge(configured: JudgeOptions = {}, asked: JudgeOptions): string[] {
  const { minimumRequests, ...others } = asked;
  const differing = Object.entries(others).filter(([name, value]) => configured[name as keyof JudgeOptions] !== value);
  const least = configured.minimumRequests ?? JUDGE.minimumRequests;
  const isFewer = minimumRequests !== undefined && minimumRequests < least;
  return [...differing.map(([name]) => name), ...(isFewer ? ['minimumRequests'] : [])].map((name) => `judge.${name}`);
}
