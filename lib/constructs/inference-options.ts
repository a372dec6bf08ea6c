import { invalid, type OnnwardError } from '#core/errors.ts';
import type { CaptureOptions } from '#core/monitoring/capture/options.ts';
import type { FeedbackOptions } from '#core/monitoring/feedback-options.ts';
import type { WatchThreshold } from '#core/monitoring/watch-threshold.ts';
import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** A version that goes into what is deployed, instead of coming from the registry. */
export interface BakedVersion {
  /** Of a `file:` store that has it. */
  readonly folder: string;
  readonly version: number;
}

/** What a user tunes. */
export interface InferenceServiceOptions {
  /** MB; a CPU comes with each 1769. @default 1769 */
  readonly memorySize?: number;
  /** @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** 'zip' needs no Docker. Lambda cannot change it of a function that is there. @default 'image' */
  readonly packaging?: 'image' | 'zip';
  /** Of an invocation; API Gateway waits for 29 seconds at most. @default Duration.seconds(29) */
  readonly timeout?: Duration;
  /** Compute threads of a session. @default - as many as `memorySize` brings CPUs */
  readonly threads?: number;
  /** Executions at once that are kept for it, and that it cannot exceed. @default - the account's, shared */
  readonly reservedConcurrentExecutions?: number;
  /** Executions kept initialised, of each version that a release publishes. Paid for by the hour. @default - none */
  readonly provisionedConcurrency?: number;
  /** MB of /tmp, where the files of a model are that comes from the registry; over 512 it costs by the second. @default 512 */
  readonly ephemeralStorageSize?: number;
  /** Published versions start from a snapshot; images only. @default false */
  readonly snapStart?: boolean;
  /** X-Ray traces. @default false */
  readonly tracing?: boolean;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** Answers carry receipts, and what comes back with the truth is counted. @default - they carry none */
  readonly feedback?: FeedbackOptions;
  /** Requests and answers are kept, redacted and sampled, below `capture/` of the registry's bucket. @default - none are */
  readonly capture?: CaptureOptions;
  /** What `POST …/monitor` holds answers to, and monitoring looks at: of another metric than accuracy, feedback is no metric of its own. @default - nothing is watched */
  readonly watch?: WatchThreshold;
  /** @default - the model comes from the registry */
  readonly baked?: BakedVersion;
}

/** Throws what AWS would refuse, or do otherwise than it looks, only while it deploys: `service.range`, `service.conflict`. */
export function checkOptions(options: InferenceServiceOptions): void {
  const { memorySize, timeout, threads, reservedConcurrentExecutions, provisionedConcurrency } = options;
  checkWhole('memorySize', memorySize, 128, 10_240);
  checkWhole('timeout', timeout?.toSeconds(), 1, 900);
  checkWhole('ephemeralStorageSize', options.ephemeralStorageSize, 512, 10_240);
  checkWhole('threads', threads, 1, 1024);
  checkWhole('reservedConcurrentExecutions', reservedConcurrentExecutions, 1, 100_000);
  checkWhole('provisionedConcurrency', provisionedConcurrency, 1, 100_000);
  for (const [isConflict, message, fix] of conflictsOf(options)) if (isConflict) throw conflict(message, fix);
}

/** Sources: the Lambda developer guide, "Lambda SnapStart" (supported features) and "Configuring provisioned concurrency". */
const conflictsOf = (options: InferenceServiceOptions): [boolean, string, string][] => {
  const { snapStart = false, packaging = 'image', provisionedConcurrency: provisioned } = options;
  const { reservedConcurrentExecutions: reserved } = options;
  return [
    [
      snapStart && provisioned !== undefined,
      'snapStart and provisionedConcurrency exclude each other',
      'Leave one of them out.',
    ],
    [
      snapStart && (options.ephemeralStorageSize ?? 512) > 512,
      `snapStart takes no more than 512 MB of ephemeralStorageSize, which is ${options.ephemeralStorageSize}`,
      'Leave one of them out, or put the model into the image.',
    ],
    [
      snapStart && packaging === 'zip',
      "snapStart is there for Node.js in images only, and packaging is 'zip'",
      "Take packaging: 'image', or leave snapStart out.",
    ],
    [
      provisioned !== undefined && reserved !== undefined && provisioned > reserved,
      `provisionedConcurrency is ${provisioned}, and cannot be over reservedConcurrentExecutions, ${reserved}`,
      'Raise reservedConcurrentExecutions, to twice as much for a release, during which two versions have it.',
    ],
  ];
};

function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid('service.range', `${name} is ${value}, and is to be a whole number from ${least} to ${most}`, {
    fields: { name, value, least, most },
  });
}

const conflict = (message: string, fix: string): OnnwardError => invalid('service.conflict', message, { fix });
