import { checkName } from '#core/model/reference.ts';
import { DURATION } from '#core/duration.ts';
import type { NewTraining } from '#core/training/events.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { say } from '../cli/output.ts';
import { sendData } from '../cli/staged-data.ts';
import { stagedTraining } from '../cli/training-data.ts';
import { locatedTraining, trainedModel } from '../cli/training-options.ts';
import { openTrainingPlace, type TrainingPlace } from '../cli/training-place.ts';
import { reportAndRelease } from '../cli/training-release.ts';
import { reportTraining } from '../cli/training-report.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

export const train = defineCommand({
  args: {
    name: { type: 'positional', required: false, description: 'Which model (default: the only one with training)' },
    set: {
      type: 'string',
      valueHint: 'NAME=VALUE,…',
      description: 'Hyperparameters, over those of the configuration',
    },
    channel: {
      type: 'string',
      valueHint: 'NAME=PATH,…',
      description: 'Channels: files, folders, s3:// URLs, over those of the configuration',
    },
    'time-limit': { type: 'string', valueHint: 'TIME', description: 'Stop it after so long: 30m, 4h' },
    budget: { type: 'string', valueHint: 'USD', description: 'Stop it when its machines have cost so much' },
    release: { type: 'boolean', description: 'Release what comes of it, through the gates of the model' },
    resume: { type: 'string', valueHint: 'TRAINING', description: 'Go on with one that was interrupted' },
    why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward train',
    'onnward train cancer --set c=0.5,folds=10',
    'onnward train cancer --stage prod --budget 5 --release',
    'onnward train --resume cancer-t3',
  ],
  async run(args) {
    const place = await openTrainingPlace(args);
    const json = args.json === true;
    const request = args.resume === undefined ? await requestOf(place, args) : { training: args.resume };
    const trainings = await place.run(request, { json });
    if (trainings.length > 0) {
      await reportAndRelease(place, trainings, args, (more) => reportTraining(place, trainings, json, more));
    } else if (args.resume !== undefined) await reportTraining(place, [args.resume], json);
    else say('There is nothing to train.');
  },
});

interface Said {
  readonly name?: string | undefined;
  readonly set?: string | undefined;
  readonly channel?: string | undefined;
  readonly 'time-limit'?: string | undefined;
  readonly budget?: string | undefined;
  readonly release?: boolean | undefined;
  readonly why?: string | undefined;
}

async function requestOf(place: TrainingPlace, said: Said): Promise<NewTraining> {
  const model = checkName(trainedModel(place.config, said.name));
  const options = await placed(place, model, optionsOf(said));
  return {
    model,
    actor: place.actor,
    ...(said.why !== undefined && { why: said.why }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** Channels where whoever trains has them: here, or brought to the stage. Throws `training.no_channel`. */
async function placed({ where, folder, store }: TrainingPlace, model: string, said: TrainingOptions) {
  if (where === '') return locatedTraining(said, folder);
  const { options, files } = await stagedTraining(model, said, folder);
  for (const file of files) await sendData(store, file);
  return options;
}

/** Throws `usage.*`. */
function optionsOf(said: Said): TrainingOptions {
  const { 'time-limit': timeLimit, budget } = said;
  const dollars = budget === undefined ? undefined : Number(budget);
  if (dollars !== undefined && !(dollars > 0)) {
    throw usageError('not_a_number', `--budget is a number of USD over 0, not '${budget}'.`, 'Give it digits.');
  }
  if (timeLimit !== undefined && !DURATION.test(timeLimit)) {
    throw usageError('not_a_duration', `--time-limit is a time, not '${timeLimit}'.`, "Write it as '30m' or '4h'.");
  }
  return {
    ...(said.set !== undefined && { hyperparameters: pairs('set', said.set) }),
    ...(said.channel !== undefined && { channels: pairs('channel', said.channel) }),
    ...(timeLimit !== undefined && { timeLimit }),
    ...(dollars !== undefined && { budget: dollars }),
    ...(said.release && { release: true }),
  };
}

/** `a=1,b=2`: a value may hold what it likes but a comma. */
function pairs(option: string, text: string): Record<string, string> {
  const entries = text.split(',').map((pair) => {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) return [name, value] as const;
    throw usageError(
      'not_a_pair',
      `--${option} is NAME=VALUE, several with commas, not '${pair}'.`,
      `Write --${option} name=value.`,
    );
  });
  return Object.fromEntries(entries);
}
