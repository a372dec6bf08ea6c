import type { QualityFigure, QualityOfVersion } from '#core/monitoring/monitor/documents.ts';
import type { Sent } from './feedback-send.ts';
import { style, table } from './output.ts';

/** How good answers were, in one stretch of time. */
export interface WindowQuality {
  readonly window: string;
  readonly versions: readonly QualityOfVersion[];
}

export interface QualityReport {
  readonly windows: readonly WindowQuality[];
  /** The metric that is looked at. @default - the first */
  readonly metric?: string | undefined;
  /** Truths that an alarm needs in its window. @default - there is no alarm */
  readonly minimum?: number | undefined;
}

const HEADING = ['window', 'version', 'truths', 'metric', 'value', '95 % bounds'];

/** A table, a line for each window, version and metric. */
export function qualityLines({ windows, metric, minimum }: QualityReport): string[] {
  const rows = windows.flatMap(({ window, versions }) =>
    versions.flatMap(({ version, labelled, figures }) =>
      shownOf(figures, metric).map((figure) => [
        window,
        String(version),
        String(labelled),
        figure.metric,
        numberOf(figure.value),
        figure.low === undefined ? '-' : `${numberOf(figure.low)} to ${numberOf(figure.high ?? null)}`,
      ]),
    ),
  );
  if (rows.length === 0) return ['No truth has come back in the last 7 days.'];
  const needed = minimum === undefined ? [] : ['', `The alarm needs ${minimum} truths in its window.`];
  return [table([HEADING, ...rows]), ...needed];
}

/** The one that is watched, then the usual ones. */
const USUAL = ['accuracy', 'f1_macro', 'mean_absolute_error', 'r2'];

function shownOf(figures: readonly QualityFigure[], metric: string | undefined): readonly QualityFigure[] {
  const wanted = new Set([...(metric === undefined ? [] : [metric]), ...USUAL]);
  return [...wanted].flatMap((name) => figures.filter((figure) => figure.metric === name));
}

const numberOf = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(4))));

export function sentLines({ accepted, repeated, pending, refused }: Sent): string[] {
  const told = [
    [accepted, 'counted'],
    [repeated, 'counted before'],
    [pending, 'kept until the monitor joins them with the capture'],
    ...Object.entries(refused).map(([code, times]): [number, string] => [times, `refused: ${style('yellow', code)}`]),
  ] as const;
  return told.filter(([times]) => times > 0).map(([times, what]) => `${times} ${what}`);
}
