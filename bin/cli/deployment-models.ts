import { randomBytes } from 'node:crypto';
import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { type Pointed, publishAndPoint } from '#adapters/aws/lambda/publish-and-point.ts';
import { releaseOptionsOf } from '#config/deployment.ts';
import { captureOf } from '#config/model.ts';
import { functionName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { formatReference } from '#core/model/reference.ts';
import { copyVersion } from '#core/registry/copy.ts';
import { ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import { ensureReceiptKey } from '#core/monitoring/receipt-keys.ts';
import { stagedOptions } from './evaluation-data.ts';
import { sendData } from './staged-data.ts';
import { stagedTraining } from './training-data.ts';
import type { StageAtHand } from './deployment.ts';
import type { SurveyedModel } from './deployment-survey.ts';
import { formatBytes, say } from './output.ts';
import { createProgress } from './progress.ts';

/** How one model came out of a deployment. */
export interface ModelOutcome {
  readonly name: string;
  /** Undefined where it failed. */
  readonly pointed?: Pointed;
  /** Versions that the stage's registry has, where none of them is live. */
  readonly versions?: readonly number[];
  /** Whether a version was copied into the stage's registry. */
  readonly copied: boolean;
  readonly failure?: OnnwardError;
}

/** A version that the stage's registry has by now. */
interface BroughtVersion {
  /** What is to go live where the registry records nothing. @default - nothing was named or copied */
  readonly version?: number;
  readonly copied: boolean;
}

/** Copies what a model's offer has still to be copied, to the stage's registry. Throws what the stores throw. */
export async function bringVersion(at: StageAtHand, model: SurveyedModel, quiet: boolean): Promise<BroughtVersion> {
  const { name, offer, traffic } = model;
  if (offer.from === 'name') return { version: offer.version, copied: false };
  if (offer.from !== 'copy' || traffic.to !== 'nothing') return { copied: false };
  const { store } = at.workplace;
  const from = `${formatReference({ name, version: offer.manifest.version })} of ${store.url}`;
  const total = offer.manifest.files.reduce((sum, { size }) => sum + size, 0);
  if (!quiet) say(`${name}: copying ${from}, ${formatBytes(total)}`);
  const progress = createProgress(quiet);
  let done = 0;
  const original = { store, manifest: offer.manifest };
  const { manifest, copied } = await copyVersion(original, at.registry, {
    why: `deployed from ${from}`,
    onProgress: (bytes) => progress.update(`copying ${name}`, (done += bytes), total),
  }).finally(() => progress.end());
  return { version: manifest.version, copied };
}

/** What releases, trainings, feedback and capture of a model need in the stage's store: its rows, and keys. */
async function bringNeeds({ store, workplace }: StageAtHand, { name, settings }: SurveyedModel): Promise<void> {
  const { files } = await stagedOptions(
    name,
    releaseOptionsOf(settings),
    workplace.folder,
    settings.training?.optimize !== undefined,
  );
  const training = settings.training && (await stagedTraining(name, settings.training, workplace.folder));
  for (const file of [...files, ...(training?.files ?? [])]) await sendData(store, file);
  if (enabledFeedback(settings.feedback)) await ensureReceiptKey(store, randomBytes);
  if (captureOf(settings)) await ensureCaptureKey(store, randomBytes);
}

/** One after the other: a new account has ten executions at once, and traffic is to find some. */
export async function deployModels(
  at: StageAtHand,
  models: readonly SurveyedModel[],
  quiet: boolean,
): Promise<ModelOutcome[]> {
  const outcomes: ModelOutcome[] = [];
  for (const model of models) outcomes.push(await deployModel(at, model, quiet));
  return outcomes;
}

/** Brings one model live where none is. What goes wrong is an outcome: the others go on. */
async function deployModel(at: StageAtHand, model: SurveyedModel, quiet: boolean): Promise<ModelOutcome> {
  const { name, settings, offer } = model;
  const client = lambdaClient(at.identity.region);
  try {
    const { version: named, copied } = await bringVersion(at, model, quiet);
    await bringNeeds(at, model);
    const fn = new LambdaFunction(client, functionName(at.deployment.stage, name));
    const pointed = await publishAndPoint(fn, {
      model: name,
      registry: at.registry,
      named,
      provisionedConcurrency: settings.provisionedConcurrency,
      onStep: (step) => (quiet ? undefined : say(`${name}: ${step}`)),
    });
    return { name, pointed, copied, ...(offer.from === 'nothing' && { versions: offer.versions }) };
  } catch (error) {
    if (error instanceof OnnwardError) return { name, copied: false, failure: error };
    throw error;
  } finally {
    client.destroy();
  }
}
