import type { ActionStatus } from '#core/monitoring/act/actions.ts';
import type { MonitorStatus } from '#core/monitoring/act/status.ts';
import type { QualityOfVersion, WindowDocument } from '#core/monitoring/monitor/documents.ts';
import { style, table } from './output.ts';
import { minute } from './release-words.ts';

const HEADING = ['WINDOW', 'VERSION', 'ROWS', 'DRIFT', 'QUALITY'];

/** Names that are told of the features that drift; the others are counted. */
const TOLD = 3;

/** What monitoring has found out of a model and done about it, for people. */
export function monitorLines({ windows, alarms, actions }: MonitorStatus): string[] {
  const raised = Object.entries(alarms).filter(([, { state }]) => state === 'ALARM');
  const [why] = windows.flatMap((document) => document.why ?? []).slice(-1);
  return [
    table([HEADING, ...windows.map(row)]),
    ...(why === undefined ? [] : ['', why]),
    ...(raised.length > 0 ? [''] : []),
    ...raised.map(([about, { at, reason }]) => `${style('red', 'ALARM')}  ${about} since ${minute(at)}: ${reason}`),
    ...(actions.length > 0 ? ['', ...actions.map(actionLine)] : []),
  ];
}

/** `iris-a3  retrain, about drift: done. Training iris-t4 was begun.` */
export function actionLine({ request, state, end }: ActionStatus): string {
  const { action, kind, about, reason, instead } = request;
  const what = instead ? `${kind}, and no ${instead.kind}` : kind;
  const said =
    state === 'waiting' ? `Decide: onnward approve ${action} --reason TEXT, or reject.` : (end?.message ?? '');
  return `${action}  ${what}, about ${about}: ${style(COLOURS[state], state)}. ${said} ${style('dim', reason)}`;
}

const COLOURS = {
  open: 'yellow',
  waiting: 'yellow',
  done: 'green',
  failed: 'red',
  rejected: 'dim',
  expired: 'dim',
} as const;

function row(document: WindowDocument): string[] {
  const { window, version, captured, quality } = document;
  const ours = quality.find((each) => each.version === version);
  return [window, `${version ?? '-'}`, String(captured), driftIn(document), ours ? qualityIn(ours) : '-'];
}

function driftIn({ drift }: WindowDocument): string {
  if (!drift) return '-';
  if (drift.state === 'few') return `few rows (${drift.rows})`;
  if (drift.state === 'untested') return 'nothing to compare';
  const all = [...drift.features, ...(drift.concept ? [drift.concept] : [])];
  const moved = all.filter(({ drifted }) => drifted).map(({ name }) => name);
  if (moved.length === 0) return drift.state;
  const more = moved.length > TOLD ? ` +${moved.length - TOLD}` : '';
  return `${drift.state}: ${moved.slice(0, TOLD).join(', ')}${more}`;
}

/** `accuracy 0.912 (0.881-0.936) of 340`. */
function qualityIn({ labelled, figures }: QualityOfVersion): string {
  const [first] = figures;
  if (!first || first.value === null) return `${labelled} truths`;
  const { metric, value, low, high } = first;
  const bounds = low === undefined || high === undefined ? '' : ` (${short(low)}-${short(high)})`;
  return `${metric} ${short(value)}${bounds} of ${labelled}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
