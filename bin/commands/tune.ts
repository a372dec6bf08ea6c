import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';
import { trainedModel } from '../cli/training-options.ts';
import { reportAndRelease } from '../cli/training-release.ts';
import { openTunePlace } from '../cli/tune-place.ts';
import { TUNE_OPTIONS, tuneRequestOf } from '../cli/tune-options.ts';
import { reportTuning } from '../cli/tune-report.ts';

export const tune = defineCommand({
  args: {
    name: {
      type: 'positional',
      required: false,
      description: 'Which model (default: the only one with training), or a tuning that is open',
    },
    ...TUNE_OPTIONS,
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward tune cancer',
    'onnward tune cancer --trials 30 --parallel 4 --seed 7',
    'onnward tune cancer --strategy halving --stage prod',
    'onnward tune cancer-t3',
  ],
  async run(args) {
    const place = await openTunePlace(args);
    const json = args.json === true;
    const name = trainedModel(place.config, args.name);
    const tuning = await place.tune(tuneRequestOf({ ...args, name }, place.config, place.actor), { json });
    await reportAndRelease(place, [tuning], args, (more) => reportTuning(place, tuning, json, more));
  },
});
