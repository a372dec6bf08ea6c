import { listJobs } from '#core/batch/jobs.ts';
import { didYouMean } from '#core/nearest.ts';
import { COMMON, usageError } from '../cli/arguments.ts';
import { BATCH_ACTIONS } from '../cli/batch-actions.ts';
import { jobDocument } from '../cli/batch-job.ts';
import { type BatchPlace, openPlace, PLACE } from '../cli/batch-place.ts';
import { jobTable } from '../cli/batch-report.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say } from '../cli/output.ts';

export const batches = defineCommand({
  args: {
    action: {
      type: 'positional',
      required: false,
      description: 'show, resume, redrive or cancel; else all are listed',
    },
    job: { type: 'positional', required: false, description: 'Of which job' },
    verify: { type: 'boolean', description: 'With show: check the hash of every file, and that all adds up' },
    watch: { type: 'boolean', description: 'With show: until it has ended' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'With cancel: why; it is kept' },
    ...PLACE,
    ...COMMON,
  },
  examples: [
    'onnward batches',
    'onnward batches show 4d0zq8k2v7m1x3ta --verify',
    'onnward batches --stage prod',
    'onnward batches resume 4d0zq8k2v7m1x3ta',
    "onnward batches cancel 4d0zq8k2v7m1x3ta --reason 'the wrong file'",
  ],
  async run(args) {
    const { action, job, verify, watch, reason } = args;
    const json = args.json === true;
    if (action === undefined) return list(await openPlace(args), json);
    const act = Object.hasOwn(BATCH_ACTIONS, action) ? BATCH_ACTIONS[action] : undefined;
    if (!act) throw unknownAction(action);
    if (job === undefined)
      throw usageError('missing_argument', 'JOB is missing.', 'Run `onnward batches`, which lists them.');
    refuseElsewhere(action, 'show', { verify, watch });
    refuseElsewhere(action, 'cancel', { reason });
    await act(await openPlace(args), job, { json, verify: verify === true, watch: watch === true, reason });
  },
});

async function list({ store }: BatchPlace, json: boolean): Promise<void> {
  const jobs = await listJobs(store);
  if (json) printJson({ jobs: jobs.map((status) => jobDocument(status, store.url)) });
  else if (jobs.length === 0) say('There is no batch job yet. Next: onnward batch NAME FILE');
  else print(jobTable(jobs));
}

function refuseElsewhere(action: string, where: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given === undefined || action === where) return;
  throw usageError('needless_option', `--${given} means nothing to ${action}.`, `It goes with ${where}: leave it out.`);
}

const unknownAction = (action: string) =>
  usageError(
    'unknown_action',
    `There is nothing called '${action}' to do with a job.${didYouMean(action, Object.keys(BATCH_ACTIONS))}`,
    `Write ${Object.keys(BATCH_ACTIONS).join(', ')}, or nothing to have jobs listed.`,
  );
