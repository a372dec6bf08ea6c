import { LIVE_ROWS_PREFIX } from '../monitoring/keys.ts';
import type { Conflict } from '../consistent.ts';
import { DURATION } from '../duration.ts';
import { formatOf } from '../scoring/format-of.ts';
import { stepPlan } from './canary/settings.ts';
import { needsEvaluation } from './gates/kinds.ts';
import { metricOf } from './gates/metric.ts';
import { nameOf } from './gates/name.ts';
import type { GateOptions } from './gates/options.ts';
import type { CanaryStep, EvaluationOptions, ReleaseOptions } from './options.ts';
import { shadowSettings } from './shadow/settings.ts';

const DAY = 86_400;

/** A workflow of AWS is ended after 30 days; two of them are for all that is neither shadow nor bake. */
const LONGEST_DAYS = 28;

/** What of a model's options does not fit together, each field being right by itself. */
export const conflictsOfRelease = (options: ReleaseOptions): readonly Conflict[] => [
  ...evaluationConflicts(options.evaluation),
  ...gatesConflicts(options),
  ...canaryConflicts(options.canary ?? []),
  ...lengthConflicts(options),
  ...alone(options),
];

function evaluationConflicts(evaluation: EvaluationOptions | undefined): Conflict[] {
  if (!evaluation) return [];
  const { data, label, columns = [] } = evaluation;
  const conflicts: Conflict[] = [];
  const { format } = formatOf(data) ?? {};
  // Rows that came live lie in several files.
  const isLive = data.startsWith(LIVE_ROWS_PREFIX) && data.endsWith('/');
  if (!isLive && (format === undefined || format === 'objects')) {
    const message = `is ${data}, and no table by its name: .csv, .jsonl, .ndjson (these with .gz, too) or .parquet`;
    conflicts.push({ path: ['evaluation', 'data'], message });
  }
  if (columns.includes(label)) {
    conflicts.push({ path: ['evaluation', 'columns'], message: `names the label, ${label}, which no model may see` });
  }
  return conflicts;
}

function gatesConflicts({ gates = [], evaluation }: ReleaseOptions): Conflict[] {
  const names = gates.map(nameOf);
  return gates.flatMap((gate, index): Conflict[] => {
    const path = ['gates', String(index)];
    const first = names.indexOf(names[index]!);
    if (first < index) return [{ path, message: `is the same rule as gates.${first}: ${names[index]}` }];
    if (!needsEvaluation(gate)) return [];
    if (!evaluation) return [{ path, message: 'needs evaluation: { data, label } beside the gates' }];
    return [...sliceConflicts(gate, evaluation), ...taskConflicts(gate, evaluation)].map((conflict) => ({
      ...conflict,
      path: [...path, ...conflict.path],
    }));
  });
}

function sliceConflicts(gate: GateOptions, { slices = [] }: EvaluationOptions): Conflict[] {
  const known = slices.length === 0 ? 'which names none' : `which names ${slices.join(', ')}`;
  const unknown = (path: readonly string[], column: string): Conflict[] =>
    slices.includes(column) ? [] : [{ path, message: `is '${column}', and is to be of evaluation.slices, ${known}` }];
  if (gate.gate === 'fair') return unknown(['slice'], gate.slice);
  if (gate.gate === 'noSliceWorse' && gate.slices) {
    return gate.slices.flatMap((column, index) => unknown(['slices', String(index)], column));
  }
  const wanted =
    gate.gate === 'noSliceWorse' ? ['gate'] : gate.gate === 'enoughRows' && gate.perSlice ? ['perSlice'] : [];
  if (wanted.length === 0 || slices.length > 0) return [];
  return [{ path: wanted, message: 'needs evaluation.slices, the columns whose values are looked at apart' }];
}

/** Where the configuration says what is predicted; else it is known once a version is looked at. */
function taskConflicts(gate: GateOptions, { task }: EvaluationOptions): Conflict[] {
  const [field, needed] = taskOf(gate) ?? [];
  if (task === undefined || field === undefined || needed === task) return [];
  return [{ path: [field], message: `is for a ${needed}, and evaluation.task is '${task}'` }];
}

function taskOf(gate: GateOptions): readonly [field: string, task: string | undefined] | undefined {
  if (gate.gate === 'fair' || gate.gate === 'calibrated') return ['gate', 'classification'];
  if (gate.gate === 'noSliceWorse') return ['metric', metricOf(gate.metric ?? 'accuracy')?.task];
  return 'metric' in gate && gate.metric !== undefined ? ['metric', metricOf(gate.metric)?.task] : undefined;
}

/** Steps only go up: a share that goes down would be watched with fewer requests than before. */
function canaryConflicts(steps: readonly CanaryStep[]): Conflict[] {
  const down = steps.findIndex(({ weight }, index) => index > 0 && weight <= steps[index - 1]!.weight);
  if (down < 0) return [];
  const message = `is ${steps[down]!.weight}, and is to be over that of the step before, ${steps[down - 1]!.weight}`;
  return [{ path: ['canary', String(down), 'weight'], message }];
}

/** Every bake is extended at worst, and the shadow is as slow as its rate. */
function lengthConflicts(options: ReleaseOptions): Conflict[] {
  const { canary = [], judge } = options;
  // A field that is wrong by itself has been told, and is asked all the same.
  const times = [...canary.map(({ bake }) => bake), judge?.extension ?? '1s'];
  if (!times.every((time) => DURATION.test(time))) return [];
  const { requests, rate } = shadowSettings(options);
  const plans = canary.map((step) => stepPlan(step, judge));
  const bakes = plans.reduce((sum, { bakeSeconds, extensionSeconds }) => sum + bakeSeconds + extensionSeconds, 0);
  const days = (bakes + (options.shadow ? requests / rate : 0)) / DAY;
  if (days <= LONGEST_DAYS) return [];
  const least = Math.ceil(days * 10) / 10;
  const path = bakes > 0 ? 'canary' : 'shadow';
  const message =
    `takes up to ${least} days, with every extension (judge.extension, as long as the bake where nothing is said) and the shadow, ` +
    `and is to take ${LONGEST_DAYS} at most: take shorter bakes, a shorter judge.extension, or fewer steps`;
  return [{ path: [path], message }];
}

const alone = ({ autoRelease, gates }: ReleaseOptions): Conflict[] =>
  autoRelease && !gates ? [{ path: ['autoRelease'], message: 'needs gates: without them nothing is released' }] : [];
