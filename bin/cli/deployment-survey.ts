import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { readLive } from '#adapters/aws/lambda/live.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import type { ModelConfig } from '#config/model.ts';
import { refuseMigration } from '#core/deployment/migration.ts';
import { functionName, registryStackName, stackName } from '#core/deployment/names.ts';
import { type Offer, offerOf } from '#core/deployment/offer.ts';
import { type LiveTraffic, pointing } from '#core/deployment/pointing.ts';
import type { StackState } from '#core/deployment/stacks.ts';
import type { Reference } from '#core/model/reference.ts';
import { modelsOf, type StageAtHand } from './deployment.ts';

/** One model of the configuration, before anything is changed. */
export interface SurveyedModel {
  readonly name: string;
  readonly settings: ModelConfig;
  /** How it was named on the command line. @default - it was not */
  readonly reference: Reference | undefined;
  readonly traffic: LiveTraffic;
  readonly offer: Offer;
}

/** The stacks of a stage; undefined where one is not there. */
export interface StackPair {
  readonly registryStack: StackState | undefined;
  readonly inferenceStack: StackState | undefined;
}

/** A stage before anything is changed. */
export interface Survey extends StackPair {
  /** Whether the registry's bucket is there: it outlives its stack. */
  readonly bucket: boolean;
  readonly models: readonly SurveyedModel[];
}

/**
 * Looks at all that a deployment would meet, and refuses what would go wrong half way.
 * Throws `deploy.packaging`, `deploy.live_stands`, and where a reference leads nowhere.
 */
export async function survey(at: StageAtHand, references: readonly Reference[]): Promise<Survey> {
  const { stage, models } = at.deployment;
  const [stacks, names] = await Promise.all([stackStates(at), modelsOf(at)]);
  const client = lambdaClient(at.identity.region);
  try {
    const surveyed = await Promise.all(
      Object.entries(models).map(([name, settings]) => {
        const reference = references.find((named) => named.name === name);
        const fn = new LambdaFunction(client, functionName(stage, name));
        return surveyModel(at, fn, { name, settings, reference, bucket: names !== undefined });
      }),
    );
    return { ...stacks, bucket: names !== undefined, models: surveyed };
  } finally {
    client.destroy();
  }
}

export async function stackStates({ deployment: { stage }, identity }: StageAtHand): Promise<StackPair> {
  const stacks = new Stacks(identity.region);
  try {
    const [registryStack, inferenceStack] = await Promise.all(
      [registryStackName(stage), stackName(stage)].map((name) => stacks.state(name)),
    );
    return { registryStack, inferenceStack };
  } finally {
    stacks.close();
  }
}

type Asked = Pick<SurveyedModel, 'name' | 'settings' | 'reference'> & { readonly bucket: boolean };

async function surveyModel(at: StageAtHand, fn: LambdaFunction, asked: Asked): Promise<SurveyedModel> {
  const { bucket, ...model } = asked;
  const { workplace, registry, storeUrl } = at;
  const [facts, live] = await Promise.all([fn.facts(), readLive(fn)]);
  const { packaging = 'image' } = model.settings;
  if (facts) refuseMigration(model.name, facts.packageType === 'Image' ? 'image' : 'zip', packaging);
  const offer = await offerOf(model.name, model.reference, {
    stage: bucket ? registry : undefined,
    atHand: workplace.store.url === storeUrl ? undefined : workplace.registry,
  });
  const traffic = live?.traffic ?? { to: 'nothing' };
  if (bucket && offer.from === 'name') {
    const recorded = (await registry.alias(model.name, 'live'))?.version;
    pointing({ model: model.name, traffic, named: offer.version, ...(recorded !== undefined && { recorded }) });
  }
  return { ...model, traffic, offer };
}
