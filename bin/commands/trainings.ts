import { checkName } from '#core/model/reference.ts';
import type { ObjectStore } from '#core/ports.ts';
import { parseTrainingId } from '#core/training/keys.ts';
import { listTrainings, trainingStatus, type TrainingStatus } from '#core/training/trainings.ts';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say, table } from '../cli/output.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';
import { untilStopped } from '../cli/signals.ts';
import { followTraining } from '../cli/training-follow.ts';
import { openTrainingPlace, type TrainingPlace } from '../cli/training-place.ts';
import { notTrained, trainingDocument } from '../cli/training-report.ts';
import { followTuning } from '../cli/tune-follow.ts';
import { reportTuning } from '../cli/tune-report.ts';

export const trainings = defineCommand({
  args: {
    what: { type: 'positional', required: false, description: 'A model, a training, or `stop`' },
    training: { type: 'positional', required: false, description: 'Of `stop`: which training' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'Of `stop`: why; recorded' },
    follow: { type: 'boolean', description: 'Of a training: look on until it has ended' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward trainings',
    'onnward trainings cancer --stage prod',
    'onnward trainings cancer-t3 --follow',
    'onnward trainings stop cancer-t3 --reason "wrong data"',
  ],
  async run(args) {
    const place = await openTrainingPlace(args);
    const json = args.json === true;
    if (args.what === 'stop') return stop(place, args.training, args.reason, json);
    if (args.training !== undefined) {
      throw usageError(
        'extra_argument',
        `'${args.training}' is one word too many.`,
        'Name one training, or `stop` and one.',
      );
    }
    if (args.what !== undefined && parseTrainingId(args.what)) return show(place, args.what, args);
    const model = args.what === undefined ? undefined : checkName(args.what);
    const found = await listTrainings(place.store, model);
    if (json) printJson({ trainings: found });
    else if (found.length === 0) say('There is no training yet. Next: onnward train');
    else print(table([HEADING, ...found.map(row)]));
  },
});

async function stop(
  place: TrainingPlace,
  training: string | undefined,
  reason: string | undefined,
  json: boolean,
): Promise<void> {
  if (training === undefined) {
    throw usageError('missing_argument', 'TRAINING is missing.', 'Run `onnward trainings stop TRAINING`.');
  }
  const { actor, where, store } = place;
  const answer = await place.ask({ task: 'stop', training, actor, reason: reason ?? 'no reason given' });
  // Nobody else may be at it here: whoever stops it sees it to its end.
  if (where === '' && (await isOpen(store, training))) await place.run({ training }, { json: true });
  if (json) printJson(answer);
  else
    say(
      `${training} ends: its trainer has two minutes to leave what it has. Next: onnward trainings ${training}${where}`,
    );
}

/** A tuning ends its trials by itself. */
async function isOpen(store: ObjectStore, id: string): Promise<boolean> {
  const { end, training } = await trainingStatus(store, id);
  return !end && training.kind !== 'tune' && training.kind !== 'trial';
}

async function show(
  place: TrainingPlace,
  id: string,
  { follow, json }: { readonly follow?: boolean | undefined; readonly json?: boolean | undefined },
): Promise<void> {
  const { store, where } = place;
  const { training } = await trainingStatus(store, id);
  if (!json) {
    const left = new AbortController();
    // Without --follow what there is by now is told, and no more is waited for.
    if (follow) void untilStopped(() => left.abort());
    else left.abort();
    await (training.kind === 'tune' ? followTuning : followTraining)(store, id, left.signal);
  }
  if (training.kind === 'tune') return reportTuning(place, id, json === true);
  const status = await trainingStatus(store, id);
  if (json) printJson(await trainingDocument(store, status));
  if (status.state === 'failed' || status.state === 'stopped') throw notTrained(status, where);
}

const HEADING = ['training', 'kind', 'state', 'version', 'begun (UTC)', 'why'];

const row = ({ training, state, end }: TrainingStatus): string[] => [
  training.training,
  training.kind,
  state,
  end?.version === undefined ? '-' : String(end.version),
  training.at.slice(0, 16).replace('T', ' '),
  cut(end?.reason ?? ''),
];

const MOST = 80;
const cut = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);
