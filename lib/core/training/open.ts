import { secondsOf } from '../duration.ts';
import { invalid, OnnwardError } from '../errors.ts';
import { checkName } from '../model/reference.ts';
import type { NewTraining, TaskAnswer, TrainingRequest } from './events.ts';
import { owesOptimizing } from './end.ts';
import { parseTrainingId, trainingId } from './keys.ts';
import { prepareOptimizing } from './optimize/prepare.ts';
import { parseTrainingOptions, type TrainingOptions } from './options.ts';
import { readDocument, readTraining, writeDocument } from './store.ts';
import type { Training } from './training.ts';
import { lastTraining, trainingFor, type TrainingStatus } from './trainings.ts';
import type { TrainingWorld } from './world.ts';

const AT_MOST_EVERY = '1d';

/**
 * Begins a training, or goes on with the one that is open, where it was asked for with the very same options.
 * Throws `training.under_way` where another one of the model is open, `training.not_configured`, `training.options`,
 * `training.request`, `reference.invalid`.
 */
export async function openTraining(
  world: TrainingWorld,
  execution: string,
  input: TrainingRequest,
): Promise<TaskAnswer> {
  if ('training' in input) return goOn(world, input.training);
  if (typeof input.model !== 'string') throw badRequest();
  checkName(input.model);
  const last = await lastTraining(world.store, input.model);
  const isMine = last?.training.execution === execution;
  if (!isMine && isByItself(input) && (await isTooSoon(world, input, last))) return { training: '', next: 'nothing' };
  const mine = await requestOf(world, execution, input, last);
  if (last && !last.end) return joined(last, mine);
  if (last?.end && owesOptimizing(last.training, last.end) && isSame(last.training, mine)) return goOnBehind(last);
  const claimed = await writeDocument(world.store, mine.training, 'request', mine);
  if (claimed.execution === execution) return { training: claimed.training, next: 'submit' };
  return joined({ training: claimed, state: 'open' }, mine);
}

interface Following {
  readonly training: Training;
  /** Why it cannot be begun, and never will. */
  readonly failure?: OnnwardError;
}

/**
 * The training that follows another one: the same again where it was begun already. One that cannot be prepared is there all
 * the same, to say so. Throws what may pass.
 */
export async function openFollowing(world: TrainingWorld, parent: Training, asked: NewTraining): Promise<Following> {
  const { store } = world;
  for (;;) {
    const last = await lastTraining(store, parent.model);
    const { request, failure } = await followingOf(world, parent, asked, last);
    const there = last?.training.parent === parent.training ? last.training : undefined;
    const claimed = there ?? (await writeDocument(store, request.training, 'request', request));
    // Somebody else's training may have taken the number.
    if (claimed.parent === parent.training) return { training: claimed, ...(failure && { failure }) };
  }
}

async function followingOf(
  world: TrainingWorld,
  { training: parent, execution }: Training,
  asked: NewTraining,
  last: TrainingStatus | undefined,
): Promise<{ readonly request: Training; readonly failure?: OnnwardError }> {
  try {
    return { request: { ...(await requestOf(world, execution, asked, last)), parent } };
  } catch (failure) {
    const isFinal = failure instanceof OnnwardError && failure.kind !== 'unavailable';
    if (!isFinal) throw failure;
    return { request: { ...requestWith(world, execution, asked, last, mergedOptions(world, asked)), parent }, failure };
  }
}

async function goOn({ store }: TrainingWorld, id: string): Promise<TaskAnswer> {
  const training = await readTraining(store, id);
  const { kind, model } = training;
  if (kind === 'tune' || kind === 'trial') throw notThisWay(id, kind);
  const end = await readDocument(store, id, 'end');
  if (!end) return { training: id, next: 'submit' };
  const last = await lastTraining(store, model);
  return owesOptimizing(training, end) && last?.training.training === id
    ? goOnBehind(last)
    : { training: id, next: 'nothing' };
}

/** It has ended, and was killed before it had opened what follows it: ending it again does. */
const goOnBehind = ({ training, end }: TrainingStatus): TaskAnswer => ({
  training: training.training,
  next: 'end',
  ...(end && { state: end.state, reason: end.reason }),
});

const isByItself = ({ trigger = 'command' }: NewTraining): boolean => trigger === 'data' || trigger === 'alarm';

/** Objects come by the hundred: one training is for all of them, and for those of the time to come. */
async function isTooSoon(
  world: TrainingWorld,
  { model, trigger, action }: NewTraining,
  last: TrainingStatus | undefined,
): Promise<boolean> {
  if (!last) return false;
  if (!last.end || (action !== undefined && (await trainingFor(world.store, model, action)))) return true;
  // How often alarms may ask for one, `watch` says.
  if (trigger === 'alarm') return false;
  const { atMostEvery = AT_MOST_EVERY } = world.optionsOf(model).starts ?? {};
  return world.clock() - Date.parse(last.training.at) < secondsOf(atMostEvery) * 1000;
}

const isSame = (one: Training, other: Training): boolean =>
  one.kind === other.kind &&
  one.version === other.version &&
  JSON.stringify(one.options) === JSON.stringify(other.options);

function joined({ training: open }: TrainingStatus, asked: Training): TaskAnswer {
  if (isSame(open, asked)) return { training: open.training, next: 'submit' };
  const what = open.kind === asked.kind ? 'with other options' : `to ${open.kind}`;
  throw new OnnwardError(`${open.training} is open, ${what}, and a model has one training at a time.`, {
    code: 'training.under_way',
    kind: 'conflict',
    fix: `Go on with it (\`onnward ${open.kind === 'tune' ? `tune ${open.training}` : `train --resume ${open.training}`}\`), or end it: \`onnward trainings stop ${open.training}\`.`,
    fields: { training: open.training, model: open.model },
  });
}

async function requestOf(
  world: TrainingWorld,
  execution: string,
  asked: NewTraining,
  last: TrainingStatus | undefined,
): Promise<Training> {
  const { model, kind = 'train', version } = asked;
  const merged = expectTrainer(mergedOptions(world, asked), model);
  const options = kind === 'optimize' ? await optimizerOptions(world, merged, model, version) : merged;
  return requestWith(world, execution, asked, last, options);
}

/** Numbered behind the very one that was looked at: whoever was quicker has that number, and is found there. */
function requestWith(
  { clock }: TrainingWorld,
  execution: string,
  asked: NewTraining,
  last: TrainingStatus | undefined,
  options: TrainingOptions,
): Training {
  const { model, kind = 'train', version } = asked;
  const number = (parseTrainingId(last?.training.training ?? '')?.number ?? 0) + 1;
  return {
    format: 1,
    training: trainingId(model, number),
    execution,
    model,
    kind,
    options,
    trigger: asked.trigger ?? 'command',
    actor: asked.actor ?? 'unknown',
    ...(asked.why !== undefined && { why: asked.why }),
    ...(asked.action !== undefined && { action: asked.action }),
    at: new Date(clock()).toISOString(),
    ...(version !== undefined && { version }),
  };
}

/** What the optimizer is given: the version's files, rows to calibrate with, and what it is to try. */
async function optimizerOptions(
  world: TrainingWorld,
  options: TrainingOptions,
  model: string,
  version: number | undefined,
): Promise<TrainingOptions> {
  if (version === undefined) throw badRequest();
  const manifest = await world.registry.manifest(model, version);
  const { channels, hyperparameters } = await prepareOptimizing(world, manifest, options.optimize ?? {});
  return { ...options, hyperparameters, channels: { ...channels, ...options.channels } };
}

/** What was asked for, over what the configuration says; the optimizer is ours, and gets only what is meant for it. */
function mergedOptions(world: TrainingWorld, { model, kind, options: asked = {} }: NewTraining): TrainingOptions {
  const where = `the training of ${model}`;
  const configured = world.optionsOf(model);
  if (kind === 'optimize') {
    const { optimize, resources, timeLimit, budget, release } = configured;
    const kept = { ...(resources && { resources: { ...resources, gpus: 0 } }), timeLimit, budget, release };
    const source = world.optimizer === undefined ? {} : { source: world.optimizer };
    return parseTrainingOptions(
      said({ ...kept, ...source, ...asked, optimize: { ...optimize, ...asked.optimize } }),
      where,
    );
  }
  const merged = {
    ...configured,
    ...said(asked),
    hyperparameters: { ...configured.hyperparameters, ...asked.hyperparameters },
    channels: { ...configured.channels, ...asked.channels },
  };
  return parseTrainingOptions(merged, where);
}

const said = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function expectTrainer(options: TrainingOptions, model: string): TrainingOptions {
  if (options.source !== undefined || options.image !== undefined || options.optimize !== undefined) return options;
  throw invalid('training.not_configured', `Nothing says what trains ${model}.`, {
    fix: `Add training: { source: './trainer', channels: { training: 'data/train.csv' } } to models.${model} of onnward.config.ts; \`onnward init --template tabular\` writes all of it.`,
    fields: { model },
  });
}

const notThisWay = (training: string, kind: string): OnnwardError =>
  invalid(
    'training.request',
    `${training} is a ${kind === 'tune' ? 'tuning' : 'trial'}, and is gone on with by \`onnward tune\`.`,
  );

const badRequest = (): OnnwardError =>
  invalid('training.request', 'The request names neither a training nor a model: expected { training } or { model }.');
