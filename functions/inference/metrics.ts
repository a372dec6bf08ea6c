import { Metrics } from '@aws-lambda-powertools/metrics';
import { FEEDBACK_METRICS, METRICS, NAMESPACE, NO_MODEL } from '#core/monitoring/metrics.ts';
import type { AnsweredInvocation, InvocationCounter, TakenFeedback } from '#serving/events/respond.ts';
import type { Environment } from './host.ts';

/**
 * Writes a line of CloudWatch's embedded metric format for each inference request, and each feedback; never a payload. The model is always
 * the one that the function is for, whatever a request asks for: each value of a dimension is a metric that costs money.
 */
export class InvocationMetrics implements InvocationCounter {
  readonly #line: Metrics;
  readonly #model: string;
  readonly #version: number | undefined;
  readonly #functionVersion: string | undefined;
  #isCold: boolean;

  constructor(env: Environment) {
    const serviceName = env['POWERTOOLS_SERVICE_NAME'];
    this.#line = new Metrics({ namespace: NAMESPACE, ...(serviceName && { serviceName }) });
    this.#model = env['ONNWARD_MODEL'] || NO_MODEL;
    const version = Number(env['ONNWARD_VERSION']);
    this.#version = Number.isSafeInteger(version) && version > 0 ? version : undefined;
    this.#functionVersion = env['AWS_LAMBDA_FUNCTION_VERSION'];
    // With provisioned concurrency, and after a snapshot, nobody waits for the model.
    this.#isCold = env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';
  }

  begin(): 0 | 1 {
    const coldStart = this.#isCold ? 1 : 0;
    this.#isCold = false;
    return coldStart;
  }

  write({ ms, ...properties }: AnsweredInvocation): void {
    const line = this.#line.addDimension('model', this.#model);
    line.addMetric(METRICS.requests.name, METRICS.requests.unit, 1);
    line.addMetric(METRICS.errors.name, METRICS.errors.unit, properties.status >= 500 ? 1 : 0);
    line.addMetric(METRICS.latency.name, METRICS.latency.unit, ms);
    publish(line, { version: this.#version, functionVersion: this.#functionVersion, ...properties });
  }

  /** The versions are those that have given the receipt, whoever takes it back. */
  writeFeedback({ version, target, correct, absoluteError, qualifier }: TakenFeedback): void {
    const line = this.#line.addDimension('model', this.#model);
    const { feedback, correct: right } = FEEDBACK_METRICS;
    line.addMetric(feedback.name, feedback.unit, 1);
    if (correct !== undefined) line.addMetric(right.name, right.unit, correct ? 1 : 0);
    publish(line, { version, functionVersion: target, qualifier, absoluteError });
  }
}

function publish(line: Metrics, properties: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(properties)) {
    // Its type allows text alone; numbers are written as they are, and Logs Insights compares them as such.
    if (value !== undefined) line.addMetadata(name, value as string);
  }
  line.publishStoredMetrics();
}
