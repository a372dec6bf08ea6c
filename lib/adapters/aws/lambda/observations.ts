import { LIVE_ALIAS, serviceName } from '#core/deployment/names.ts';
import { type BakeQuery, type BakeRow, observedOf } from '#core/monitoring/bake-query.ts';
import type { LiveSplit } from '#core/ports.ts';
import type { Observation } from '#core/release/observation.ts';
import { crashesOf } from './crashes.ts';
import type { Pace } from './waiting.ts';

/** `logs` stands in for Logs Insights where there is none: it reads the very same lines one by one. */
export type ObservationSource = 'insights' | 'logs';

export interface Observing {
  readonly region: string;
  readonly stage: string;
  readonly model: string;
  readonly functionName: string;
  /** @default 'insights' */
  readonly observations?: ObservationSource;
  readonly split: LiveSplit;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  readonly pace?: Pace;
}

/** What counts lines of a log group, by what the query says of them. */
export interface LineCounting {
  readonly region: string;
  readonly logGroup: string;
  readonly query: BakeQuery;
  readonly pace?: Pace | undefined;
}

/**
 * Both sides of a split between two times: their lines of the function's log, and, of Lambda's own metrics, the calls that
 * ended without a line. Throws `traffic.query_failed`, `traffic.many_lines`, `publish.timeout`, `aws.*`.
 */
export async function observe(observing: Observing): Promise<Observation> {
  const { region, functionName, split, since, until } = observing;
  const { champion, challenger } = split;
  const functionVersions = [champion.id, ...(challenger ? [challenger.id] : [])];
  const [rows, crashes] = await Promise.all([
    linesOf(observing, functionVersions),
    crashesOf({ region, functionName, functionVersions, since, until }),
  ]);
  const side = (id: string) => observedOf(rows, id, crashes.get(id) ?? 0);
  return { champion: side(champion.id), challenger: challenger ? side(challenger.id) : observedOf([], '', 0) };
}

async function linesOf(observing: Observing, functionVersions: readonly string[]): Promise<readonly BakeRow[]> {
  const { region, stage, model, functionName, since, until, pace } = observing;
  const query = { service: serviceName(stage), model, functionVersions, qualifier: LIVE_ALIAS, since, until };
  const counting: LineCounting = { region, logGroup: `/aws/lambda/${functionName}`, query, pace };
  const { countLines } =
    observing.observations === 'logs' ? await import('./emf-lines.ts') : await import('./insights.ts');
  return countLines(counting);
}
