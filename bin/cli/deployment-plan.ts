import { bucketName, registryStackName, stackName } from '#core/deployment/names.ts';
import { formatReference } from '#core/model/reference.ts';
import type { StageAtHand } from './deployment.ts';
import type { Survey, SurveyedModel } from './deployment-survey.ts';
import { style, table } from './output.ts';

/** What a deployment is going to do, in lines for the person who is asked. */
export function planLines(at: StageAtHand, survey: Survey): string[] {
  const { deployment, identity } = at;
  const { stage } = deployment;
  return [
    `${style('bold', stage)}: account ${identity.account}, ${identity.region}, as ${identity.arn}`,
    ...table([
      [registryStackName(stage), registryPlan(at, survey)],
      [stackName(stage), survey.inferenceStack ? 'is brought up to date' : 'is made: functions, API, alarms'],
      ...survey.models.map((model) => [model.name, modelPlan(model, at)]),
    ])
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

function registryPlan({ deployment: { stage }, identity }: StageAtHand, { registryStack, bucket }: Survey): string {
  if (registryStack) return 'is brought up to date';
  const name = bucketName(stage, identity.account, identity.region);
  return bucket ? `is made, and takes up the bucket ${name} that is there` : `is made: bucket ${name}`;
}

function modelPlan({ name, traffic, offer }: SurveyedModel, { workplace }: StageAtHand): string {
  if (traffic.to === 'two') return 'has a canary under way: live is left alone';
  if (traffic.to === 'function') return `live stays on version ${traffic.version ?? '?'}; a release moves it`;
  if (offer.from === 'nothing') return 'has no version to go live; it answers 503 until it has';
  if (offer.from !== 'copy') return `version ${offer.version} goes live`;
  const original = formatReference({ name, version: offer.manifest.version });
  return `${original} of ${workplace.store.url} is copied to the stage's registry, and goes live`;
}
