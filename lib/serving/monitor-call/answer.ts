import { OnnwardError } from '#core/errors.ts';
import type { WatchThreshold } from '#core/monitoring/watch-threshold.ts';
import { withheld } from '#serving/capture/withheld.ts';
import { inflate } from '#serving/compression.ts';
import type { Host, ServedModel } from '#serving/host.ts';
import { type BytesRequest, type BytesResponse, JSON_TYPE, type Limits } from '#serving/message.ts';
import { ask } from './ask.ts';
import { judged, type MonitorVerdict } from './judged.ts';
import { answersOf } from './answers.ts';
import { type MonitorRequest, readMonitorRequest } from './request.ts';
import { inputsOf } from './rows.ts';

/** What models are held to where a request does not say it, by name. */
export type MonitorThresholds = Readonly<Record<string, WatchThreshold>>;

/** Bytes of a body: what a function takes. */
const MOST_BYTES = 6 * 2 ** 20;

export const monitorLimits = ({ maxBodyBytes }: Limits): Limits => ({
  maxBodyBytes: Math.min(maxBodyBytes, MOST_BYTES),
});

/** Who is asked. */
export interface MonitorTarget {
  readonly host: Host;
  /** @default - the only model that is served */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * Answers `POST /v2/models/NAME/monitor`, `{ X, y, threshold?, metric? }`: scores the rows now, and says whether the metric
 * holds: 200 with the status `ok` or `error`. Throws `monitor.*`, `evaluation.metric`, `evaluation.prediction`, `input.*`,
 * what the host throws, and what the model throws; of a model with sensitive fields none that quotes what was sent.
 */
export async function answerMonitor(
  target: MonitorTarget,
  request: BytesRequest,
  limits: Limits,
  thresholds: MonitorThresholds = {},
): Promise<BytesResponse> {
  const asked = readMonitorRequest(await inflate(request, monitorLimits(limits)));
  const served = servedBy(target);
  const verdict = await verdictOf(target.host, served, asked, thresholds).catch((error: unknown) => {
    throw target.host.capture?.isSensitive(served) ? withheld(error) : error;
  });
  const who = { model_name: served.name, model_version: String(served.version) };
  const { status, ...rest } = verdict;
  const body = JSON.stringify({ status, ...who, ...rest });
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body };
}

async function verdictOf(
  host: Host,
  served: ServedModel,
  asked: MonitorRequest,
  thresholds: MonitorThresholds,
): Promise<MonitorVerdict> {
  const { rows, inputs } = inputsOf(served, asked);
  const outputs = await ask(host, served, inputs, rows);
  const answers = answersOf(served, outputs, asked.y);
  return judged(answers, asked, Object.hasOwn(thresholds, served.name) ? thresholds[served.name] : undefined);
}

function servedBy({ host, name, version }: MonitorTarget): ServedModel {
  if (name !== undefined) return host.find(name, version);
  const names = [...new Set(host.index().map((entry) => entry.name))];
  if (names.length === 1) return host.find(names[0] as string);
  throw new OnnwardError(`${names.length} models are served, and the path names none`, {
    code: 'monitor.model',
    kind: names.length === 0 ? 'unavailable' : 'invalid',
    fix: 'Send it to /v2/models/NAME/monitor.',
  });
}
