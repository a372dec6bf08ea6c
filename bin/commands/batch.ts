import type { JobRequest } from '#core/batch/events.ts';
import { COMMON, usageError } from '../cli/arguments.ts';
import { askToGoOn } from '../cli/ask.ts';
import { namedInputs } from '../cli/batch-inputs.ts';
import { reportJob } from '../cli/batch-job.ts';
import { JOB_OPTIONS, jobOptionsOf } from '../cli/batch-options.ts';
import { outputTarget } from '../cli/batch-outputs.ts';
import { openPlace, PLACE } from '../cli/batch-place.ts';
import { defineCommand } from '../cli/commands.ts';
import { say } from '../cli/output.ts';

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
    ...PLACE,
    on: {
      type: 'string',
      valueHint: 'functions|queue',
      description: 'With --stage: queue has one machine of AWS Batch score all of it (default functions)',
    },
    yes: { type: 'boolean', description: 'With --stage: do not ask first' },
    ...COMMON,
  },
  rest: true,
  examples: [
    'onnward batch iris examples/iris/heldout.csv --drop species',
    'onnward batch iris examples/iris/heldout.csv --drop species --join --output scored.csv',
    'onnward batch iris s3://my-data/2026/ --stage prod --yes',
    'onnward batch digits examples/digits/images/',
  ],
  async run(args) {
    const options = jobOptionsOf(args);
    const json = args.json === true;
    const output = args.output === undefined ? undefined : await outputTarget(args.output);
    if (json && output?.kind === 'stdout') throw bothToStdout();
    const inputs = await namedInputs(args._.slice(1));
    const onQueue = isOnQueue(args.on, args.stage);
    const place = await openPlace(args);
    await place.registry.resolve(args.ref);
    if (args.stage !== undefined && !args.yes) await askToGoOn(`AWS bills what stage ${args.stage} scores. Begin?`);
    const request: JobRequest = {
      model: args.ref,
      inputs,
      ...(Object.keys(options).length > 0 && { options }),
      actor: place.actor,
    };
    const { job, answer } = await place.score(request, { json, concurrency: options.concurrency, onQueue });
    if (answer === 'done' && !json) say('It was done before: these are its outputs.');
    await reportJob(place, job, { json, output });
  },
});

/** Throws `usage.*`. */
function isOnQueue(on: string | undefined, stage: string | undefined): boolean {
  if (on === undefined || on === 'functions') return false;
  if (on !== 'queue')
    throw usageError('unknown_value', `--on is functions or queue, not '${on}'.`, 'Give one of them.');
  if (stage !== undefined) return true;
  throw usageError('missing_option', '--on queue is for a stage.', 'Name it: --stage NAME.');
}

const bothToStdout = () =>
  usageError('either', '--json and --output - both write to stdout.', 'Give one of them, or --output a file.');
