import { type Condition, DEPLOY, type DeployedModel, type DeployedPrevious } from './condition.ts';
import { functionName } from './names.ts';

/** What releases have made of a model, one part of it: how it stands, and the next step. */
export interface Aspect extends Condition {
  readonly aspect: 'canary' | 'release' | 'previous' | 'evaluation' | 'feedback' | 'watch';
}

/** All that there is to say of a model's releases in a stage, in the order in which a person wants to know it. */
export function aspectsOf(model: DeployedModel): Aspect[] {
  const found = {
    canary: canaryOf(model),
    release: releaseOf(model),
    previous: previousOf(model),
    evaluation: evaluationOf(model),
    feedback: feedbackOf(model),
    watch: watchOf(model),
  };
  return Object.entries(found).flatMap(([aspect, condition]) =>
    condition ? [{ aspect: aspect as Aspect['aspect'], ...condition }] : [],
  );
}

function canaryOf({ stage, model, challenger, release }: DeployedModel): Condition | undefined {
  if (!challenger) return undefined;
  const { functionVersion, version, weight } = challenger;
  const gets = `${named(version, functionVersion)} gets ${weight} % of the requests`;
  if (release) return { level: 'ok', text: `${gets}, by ${release.release}` };
  const fix = `Run \`onnward rollback ${model} --stage ${stage} --reason …\`: all requests go to the live version again.`;
  return { level: 'warning', text: `${gets}, and no release is under way: it was left over`, fix };
}

function releaseOf({ stage, model, release }: DeployedModel): Condition | undefined {
  if (!release) return undefined;
  const { release: id, version, wait } = release;
  const it = `${id} (${model}:${version})`;
  if (!wait) return { level: 'ok', text: `${it} is under way`, fix: `Run \`onnward watch ${id} --stage ${stage}\`.` };
  if (wait.isExpired) {
    return { level: 'warning', text: `${it} waited for a person until ${wait.expires}, and is closed within a day` };
  }
  const decide = (word: string) => `\`onnward ${word} ${id} --stage ${stage} --reason …\``;
  const text = `${it} waits for a person until ${wait.expires}: ${wait.reason}`;
  return { level: 'warning', text, fix: `Run ${decide('approve')}, or ${decide('reject')}.` };
}

function previousOf(model: DeployedModel): Condition | undefined {
  const { previous, traffic } = model;
  if (!traffic || traffic.to === 'nothing') return undefined;
  if (!previous) return { level: 'ok', text: 'none: there is no version to go back to' };
  const it = named(previous.version, previous.functionVersion);
  const again = `Release it, or another one, again: \`onnward release ${model.model}:${previous.version} --stage ${model.stage}\`.`;
  if (previous.functionVersion === undefined) {
    return { level: 'warning', text: `${it}, set by hand: no rollback leads there`, fix: again };
  }
  if (previous.functionVersion === traffic.functionVersion) {
    return { level: 'ok', text: `${it}, which is live again: there is no version to go back to` };
  }
  if (previous.state === undefined) {
    return { level: 'failure', text: `${it} is gone: a rollback would fail`, fix: again };
  }
  return standing(model, previous, it, again);
}

function standing(
  { stage, model }: DeployedModel,
  { functionVersion, state, stateReason }: DeployedPrevious,
  it: string,
  again: string,
): Condition {
  if (state === 'Active') return { level: 'ok', text: `${it} is ready for a rollback` };
  const text = `${it} is ${state}${stateReason ? `: ${stateReason}` : ''}`;
  if (state === 'Pending') return { level: 'warning', text, fix: 'Look again in a minute.' };
  if (state !== 'Inactive') return { level: 'failure', text: `${text}: a rollback would fail`, fix: again };
  const call = `aws lambda invoke --function-name ${functionName(stage, model)} --qualifier ${functionVersion} /dev/null`;
  return {
    level: 'warning',
    text: `${text}: the first calls after a rollback would be refused`,
    fix: `Releases call it each day; \`${call}\` wakes it in a minute, whatever it answers.`,
  };
}

function evaluationOf({ missing }: DeployedModel): Condition | undefined {
  if (missing.length === 0) return undefined;
  const text = `releases read ${missing.join(' and ')}, which the stage's store lacks`;
  return { level: 'failure', text, fix: `${DEPLOY} It brings the rows there.` };
}

function feedbackOf({ feedback }: DeployedModel): Condition | undefined {
  if (feedback === undefined) return undefined;
  if (feedback !== 'no key') return { level: 'ok', text: feedback };
  const text = 'on, and there is no key to sign receipts with: answers carry none';
  return { level: 'warning', text, fix: `${DEPLOY} It makes one.` };
}

/** Features that are named; of more, how many. */
const NAMED = 5;

function watchOf({ stage, model, watch }: DeployedModel): Condition | undefined {
  if (!watch) return undefined;
  const { until, isStale, captured, state, drifting, waiting } = watch;
  const look = `looked at until ${until}, ${captured} requests captured`;
  if (waiting) {
    const decide = (word: string) => `\`onnward ${word} ${waiting.action} --stage ${stage} --reason …\``;
    const fix = `Run ${decide('approve')}, or ${decide('reject')}.`;
    return { level: 'warning', text: `${waiting.action} waits for a person: ${waiting.reason}`, fix };
  }
  if (isStale) {
    const fix = `Look into the log of the function of monitoring; \`onnward monitor ${model} --stage ${stage}\` looks now.`;
    return { level: 'warning', text: `${look}, and not since`, fix };
  }
  if (state !== 'drifting') return { level: 'ok', text: state === undefined ? look : `${look}, ${WORDS[state]}` };
  const [first, more] = [drifting.slice(0, NAMED), drifting.length - NAMED];
  const text = `${look}; ${first.join(', ')}${more > 0 ? ` and ${more} more` : ''} drift`;
  return { level: 'warning', text, fix: `Run \`onnward drift ${model} --stage ${stage}\`.` };
}

const WORDS = {
  few: 'too few rows to say whether they drift',
  untested: 'no feature could be compared',
  stable: 'nothing drifts',
  suspected: 'something may drift: the next window says',
} as const;

const named = (version: number | undefined, functionVersion: string | undefined): string => {
  const it = version === undefined ? 'what pins no version' : `version ${version}`;
  return functionVersion === undefined ? it : `${it} (${functionVersion} of the function)`;
};
