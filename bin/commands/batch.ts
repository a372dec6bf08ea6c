import type { JobRequest } from '#core/batch/events.ts';
import { COMMON, usageError } from '../cli/arguments.ts';
import { person } from '../cli/batch-actions.ts';
import { driveHere } from '../cli/batch-drive.ts';
import { namedInputs } from '../cli/batch-inputs.ts';
import { reportJob } from '../cli/batch-job.ts';
import { JOB_OPTIONS, jobOptionsOf } from '../cli/batch-options.ts';
import { outputTarget } from '../cli/batch-outputs.ts';
import { defineCommand } from '../cli/commands.ts';
import { say } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';

export const batch = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    input: {
      type: 'positional',
      required: true,
      description: 'CSV, JSONL, Parquet (.gz too), images, tensors; a folder; s3://bucket/key; one or more',
    },
    ...JOB_OPTIONS,
    output: {
      type: 'string',
      valueHint: 'FILE|DIR',
      description: 'Put the outputs together there; - is stdout (default: they stay in the store)',
    },
    ...COMMON,
  },
  rest: true,
  examples: [
    'onnward batch iris examples/iris/heldout.csv --drop species',
    'onnward batch iris examples/iris/heldout.csv --drop species --join --output scored.csv',
    'onnward batch digits examples/digits/images/',
  ],
  async run(args) {
    const options = jobOptionsOf(args);
    const json = args.json === true;
    const output = args.output === undefined ? undefined : await outputTarget(args.output);
    if (json && output?.kind === 'stdout') throw bothToStdout();
    const inputs = await namedInputs(args._.slice(1));
    const workplace = await openWorkplace(args);
    await workplace.registry.resolve(args.ref);
    const request: JobRequest = {
      model: args.ref,
      inputs: inputs.map(({ url }) => url),
      ...(Object.keys(options).length > 0 && { options }),
      actor: person(),
    };
    const { job, answer } = await driveHere(workplace, request, { json, concurrency: options.concurrency });
    if (answer === 'done' && !json) say('It was done before: these are its outputs.');
    await reportJob(workplace.store, job, { json, output });
  },
});

const bothToStdout = () =>
  usageError('either', '--json and --output - both write to stdout.', 'Give one of them, or --output a file.');
