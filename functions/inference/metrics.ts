import { Metrics } from '@aws-lambda-powertools/metrics';
import { invocationUsd } from '#core/lambda-prices.ts';
import type { UncountedFeedback } from '#core/monitoring/feedback.ts';
import { CORRECT, METRICS, NAMESPACE, NO_MODEL } from '#core/monitoring/metrics.ts';
import type { AnsweredInvocation, InvocationCounter, TakenFeedback } from '#serving/events/respond.ts';
import type { Environment } from './host.ts';

/**
 * Writes a line of CloudWatch's embedded metric format for each inference request, and each feedback; never a payload. The model is always
 * the one that the function is for, whatever a request asks for: each value of a dimension is a metric that costs money.
 */
export class InvocationMetrics implements InvocationCounter {
  readonly #line: Metrics;
  readonly #service: string | undefined;
  readonly #model: string;
  readonly #version: number | undefined;
  readonly #functionVersion: string | undefined;
  /** MB. */
  readonly #memory: number | undefined;
  /** Whether feedback is a metric. */
  readonly #isCounted: boolean;
  #isCold: boolean;

  constructor(env: Environment) {
    const serviceName = env['POWERTOOLS_SERVICE_NAME'];
    this.#line = new Metrics({ namespace: NAMESPACE, ...(serviceName && { serviceName }) });
    this.#service = serviceName;
    this.#model = env['ONNWARD_MODEL'] || NO_MODEL;
    const version = Number(env['ONNWARD_VERSION']);
    this.#version = Number.isSafeInteger(version) && version > 0 ? version : undefined;
    this.#functionVersion = env['AWS_LAMBDA_FUNCTION_VERSION'];
    this.#memory = Number(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']) || undefined;
    const watched = JSON.parse(env['ONNWARD_WATCH'] || '{}') as { readonly metric?: string };
    this.#isCounted = (watched.metric ?? 'accuracy') === 'accuracy';
    // With provisioned concurrency, and after a snapshot, nobody waits for the model.
    this.#isCold = env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';
  }

  begin(): 0 | 1 {
    const coldStart = this.#isCold ? 1 : 0;
    this.#isCold = false;
    return coldStart;
  }

  write({ ms, readMs, runMs, writeMs, ...properties }: AnsweredInvocation): void {
    const line = this.#line.addDimension('model', this.#model);
    line.addMetric(METRICS.requests.name, METRICS.requests.unit, 1);
    line.addMetric(METRICS.errors.name, METRICS.errors.unit, properties.status >= 500 ? 1 : 0);
    line.addMetric(METRICS.latency.name, METRICS.latency.unit, ms);
    const loadMs = properties.coldStart === 1 ? loadTime() : undefined;
    publish(line, {
      version: this.#version,
      functionVersion: this.#functionVersion,
      ...properties,
      readMs: micros(readMs),
      runMs: micros(runMs),
      writeMs: micros(writeMs),
      loadMs: micros(loadMs),
      usd: this.#usd(ms + (loadMs ?? 0)),
    });
  }

  /**
   * The versions are those that have answered, whoever takes the truth back. What is neither right nor wrong is no metric;
   * and none is where another metric of the model is watched, which monitoring sends.
   */
  writeFeedback({ version, target, correct, absoluteError, qualifier }: TakenFeedback): void {
    const properties = { version, functionVersion: target, qualifier, feedback: 1, absoluteError };
    if (correct === undefined || !this.#isCounted) {
      // Powertools writes no line without a metric.
      const judged = correct !== undefined && { [CORRECT.name]: correct ? 1 : 0 };
      const line = { service: this.#service, model: this.#model, ...judged, ...properties };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const line = this.#line.addDimension('model', this.#model);
    line.addMetric(CORRECT.name, CORRECT.unit, correct ? 1 : 0);
    publish(line, properties);
  }

  /** A line without a metric, for each request with such: `uncounted.repeated`, `uncounted.receipt_expired`. */
  writeUncounted({ reasons }: UncountedFeedback): void {
    const uncounted = Object.entries(reasons).map(([reason, times]) => [reason.replace(/^feedback\./, ''), times]);
    const line = { service: this.#service, model: this.#model, uncounted: Object.fromEntries(uncounted) as object };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** Of loading, too: Lambda bills initialisation. */
  #usd(ms: number): number | undefined {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    return this.#memory === undefined ? undefined : invocationUsd({ ms, memory: this.#memory, architecture });
  }
}

/** Milliseconds that the model took to be there, by the marks that are left as it is loaded; undefined where it is not. */
function loadTime(): number | undefined {
  const [begin] = performance.getEntriesByName('onnward:begin');
  const [loaded] = performance.getEntriesByName('onnward:loaded');
  return begin && loaded && loaded.startTime - begin.startTime;
}

/** Digits of a log line are paid for: whole microseconds. */
const micros = (ms: number | undefined): number | undefined => ms && Math.round(ms * 1000) / 1000;

function publish(line: Metrics, properties: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(properties)) {
    // Its type allows text alone; numbers are written as they are, and Logs Insights compares them as such.
    if (value !== undefined) line.addMetadata(name, value as string);
  }
  line.publishStoredMetrics();
}
