import type { RequestTimes } from '../ports.ts';

/**
 * Every metric that Onnward makes: its name, unit and dimensions. Functions write them as CloudWatch's embedded metric
 * format, servers show them at `/metrics`; alarms, dashboards and documentation read this list.
 */

/** The CloudWatch namespace. */
export const NAMESPACE = 'Onnward';

/** A unit of CloudWatch's, of those that we use. */
type MetricUnit = 'Count' | 'Count/Second' | 'Milliseconds' | 'None';

export interface CloudWatchMetric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly description: string;
}

export interface MetricDefinition extends CloudWatchMetric {
  /** As a Prometheus server has it: its unit is the base unit, as its conventions ask. */
  readonly prometheus: string;
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

/** Of feedback, once for each answer whose truth has come back and that is right or wrong. The version is the one that answered. */
export const CORRECT = {
  name: 'Correct',
  unit: 'Count',
  prometheus: 'onnward_feedback_correct_total',
  description: '1 for an answer that was right, else 0: the average is the accuracy, the sample count the truths.',
} as const satisfies MetricDefinition;

/** Of monitoring, once for each window with enough to say something. */
export const MONITOR_METRICS = {
  quality: {
    name: 'Quality',
    unit: 'None',
    prometheus: 'onnward_quality',
    description: 'The metric that watch.quality names, of the answers of a window whose truth came back.',
  },
  drift: {
    name: 'Drift',
    unit: 'Count',
    prometheus: 'onnward_drifting_features',
    description: 'Features that drift in as many windows in a row as persistence asks for; 0 where none does.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Of batch inference: the first two for each shard as it is scored, the others whenever a job is accounted for. */
export const BATCH_METRICS = {
  rows: { name: 'BatchRows', unit: 'Count', description: 'Rows of files that were scored.' },
  quarantinedRows: {
    name: 'BatchQuarantinedRows',
    unit: 'Count',
    description: 'Rows of files that were bad, and are kept with the reason.',
  },
  pendingRows: {
    name: 'BatchPendingRows',
    unit: 'Count',
    description: 'Rows that a job left unscored when its workflow ended; 0 for a job that is done.',
  },
  rowsPerSecond: {
    name: 'BatchRowsPerSecond',
    unit: 'Count/Second',
    description: 'Rows of a job, good and bad, by the seconds that workers spent on them, all together.',
  },
  usdPerMillionRows: {
    name: 'BatchUsdPerMillionRows',
    unit: 'None',
    description: 'US dollars that Lambda bills for the workers of a job, for each million of its rows.',
  },
} as const satisfies Readonly<Record<string, CloudWatchMetric>>;

/** What an EMF line says besides its metrics, free of charge. Never a payload. */
export interface RequestProperties extends RequestTimes {
  /** The model's version. */
  readonly version: number | undefined;
  /** The published version of the function, `$LATEST` where it is none. */
  readonly functionVersion: string | undefined;
  /** What the function was called by: `live` of clients, a function version past it; empty where it is neither. */
  readonly qualifier: string;
  readonly status: number;
  /** The stable code of the refusal or failure. */
  readonly errorCode?: string;
  readonly coldStart: 0 | 1;
  /** Of a cold start: milliseconds from the first question to the store until the model had warmed up. */
  readonly loadMs?: number;
  /** US dollars that Lambda bills for it, by memory and time: an estimate. */
  readonly usd?: number;
  readonly requestId: string;
}

/** The label values of requests that reached no model, or no version of one. Neither can be the name of any. */
export const NO_MODEL = '(unknown)';
export const NO_VERSION = '(none)';

/** Ends of the buckets of latency at `/metrics`: 2^k ms, from 62.5 us to 33 s. */
export const LATENCY_EXPONENTS: readonly number[] = Array.from({ length: 20 }, (_, index) => index - 4);

export interface ServerMetricDefinition {
  readonly prometheus: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly ('model' | 'version' | 'code')[];
  readonly description: string;
}

const VERSION_LABELS = ['model', 'version'] as const;

/** What `/metrics` of a server shows. The first three are the requests, errors and latency of a function. */
export const SERVER_METRICS = {
  requests: of('counter', METRICS.requests),
  errors: of('counter', {
    prometheus: METRICS.errors.prometheus,
    description: 'Inference requests that failed by our doing (5xx).',
  }),
  latency: of('histogram', METRICS.latency),
  refusals: {
    prometheus: 'onnward_refusals_total',
    type: 'counter',
    labels: [...VERSION_LABELS, 'code'],
    description: 'Inference requests that were refused or failed, by the stable code of the reason.',
  },
  inFlight: of('gauge', {
    prometheus: 'onnward_requests_in_flight',
    description: 'Requests that wait for the model or are in computation.',
  }),
  shared: of('histogram', {
    prometheus: 'onnward_run_requests',
    description: 'Requests that shared one run of the model; the count is that of runs.',
  }),
  read: of('counter', {
    prometheus: 'onnward_read_seconds_total',
    description: 'Time spent on reading requests that were answered.',
  }),
  queue: of('counter', {
    prometheus: 'onnward_queue_seconds_total',
    description: 'Time that answered requests waited for the model.',
  }),
  compute: of('counter', {
    prometheus: 'onnward_compute_seconds_total',
    description: 'Time that requests were in computation; those that share a run count it each.',
  }),
  write: of('counter', {
    prometheus: 'onnward_write_seconds_total',
    description: 'Time spent on writing answers.',
  }),
  ready: of('gauge', {
    prometheus: 'onnward_model_ready',
    description: '1 where the version is loaded and warmed up, 0 where it is being loaded or cannot be.',
  }),
  loads: of('counter', { prometheus: COLD_STARTS.prometheus, description: 'Models loaded.' }),
  loadSeconds: of('counter', {
    prometheus: 'onnward_model_load_seconds_total',
    description: 'Time spent on loading models, checks and warm-up included.',
  }),
  loadFailures: of('counter', {
    prometheus: 'onnward_model_load_failures_total',
    description: 'Attempts to load a model that failed.',
  }),
  feedback: of('counter', {
    prometheus: 'onnward_feedback_total',
    description: 'Answers whose truth came back, each counted once.',
  }),
  feedbackCorrect: of('counter', {
    prometheus: CORRECT.prometheus,
    description: 'Of those, answers that were right.',
  }),
  feedbackUncounted: {
    prometheus: 'onnward_feedback_uncounted_total',
    type: 'counter',
    labels: ['model', 'code'],
    description: 'Feedback that was not counted: repeated, pending until it is joined, or the code of its refusal.',
  },
  quality: { ...of('gauge', MONITOR_METRICS.quality), labels: ['model'] },
  drift: { ...of('gauge', MONITOR_METRICS.drift), labels: ['model'] },
} as const satisfies Readonly<Record<string, ServerMetricDefinition>>;

function of(
  type: ServerMetricDefinition['type'],
  { prometheus, description }: Pick<MetricDefinition, 'prometheus' | 'description'>,
): ServerMetricDefinition {
  return { prometheus, type, labels: VERSION_LABELS, description };
}
