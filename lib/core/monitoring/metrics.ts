/**
 * Every metric that Onnward makes: its name, unit and dimensions. Functions write them as CloudWatch's embedded metric
 * format, servers show them at `/metrics`; alarms, dashboards and documentation read this list.
 */

/** The CloudWatch namespace. */
export const NAMESPACE = 'Onnward';

/** A unit of CloudWatch's, of those that we use. */
export type MetricUnit = 'Count' | 'Milliseconds';

export interface MetricDefinition {
  /** As CloudWatch has it. */
  readonly name: string;
  readonly unit: MetricUnit;
  /** As a Prometheus server has it: its unit is the base unit, as its conventions ask. */
  readonly prometheus: string;
  readonly description: string;
}

/**
 * Each combination of dimensions is a metric that costs money: the version is a property of the log line instead, which
 * Logs Insights reads.
 */
export const DIMENSIONS = ['service', 'model'] as const;

export const METRICS = {
  requests: {
    name: 'Requests',
    unit: 'Count',
    prometheus: 'onnward_requests_total',
    description: 'Inference requests that were answered, whatever the answer.',
  },
  errors: {
    name: 'Errors',
    unit: 'Count',
    prometheus: 'onnward_errors_total',
    description: '1 for a request that failed by our doing (5xx), else 0: the average is the error rate.',
  },
  latency: {
    name: 'Latency',
    unit: 'Milliseconds',
    prometheus: 'onnward_request_duration_seconds',
    description: 'From the whole request to the whole answer, without the network.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Made of the log by a metric filter, and only where an alarm asks for it. */
export const COLD_STARTS = {
  name: 'ColdStarts',
  unit: 'Count',
  prometheus: 'onnward_model_loads_total',
  description: 'Requests that waited for their model to be loaded; on a server, models loaded.',
} as const satisfies MetricDefinition;

/** What an EMF line says besides its metrics, free of charge. Never a payload. */
export interface RequestProperties {
  /** The model's version. */
  readonly version: number | undefined;
  readonly status: number;
  /** The stable code of the refusal or failure. */
  readonly errorCode?: string;
  readonly coldStart: 0 | 1;
  readonly requestId: string;
}
