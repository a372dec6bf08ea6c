import { LIVE_ALIAS, serviceName } from '#core/deployment/names.ts';
import { vi } from 'vitest';
import { InvocationMetrics } from '../../../functions/inference/metrics.ts';

/** A line of CloudWatch's embedded metric format. */
export interface EmfLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [property: string]: unknown;
}

/** The line that the inference function writes of a request, read as CloudWatch does. */
export const emittedLine = (environment: Readonly<Record<string, string>>): EmfLine =>
  lineOf(environment, (metrics) => {
    const requestId = '0af7651916cd43dd8448eb211c80319c-1234';
    const answered = { ms: 12.345678, status: 503, errorCode: 'function.unreleased', coldStart: 1 } as const;
    const times = { readMs: 1.2345678, runMs: 10.3456789, writeMs: 0.4567891, rows: 128 };
    metrics.write({ ...answered, ...times, qualifier: LIVE_ALIAS, requestId });
  });

/** The line that it writes of a truth that came back. */
export const feedbackLine = (environment: Readonly<Record<string, string>>): EmfLine =>
  lineOf(environment, (metrics) => {
    const { ONNWARD_MODEL: model = '' } = environment;
    metrics.writeFeedback({ model, version: 1, target: '7', correct: true, qualifier: LIVE_ALIAS });
  });

function lineOf(environment: Readonly<Record<string, string>>, write: (metrics: InvocationMetrics) => void): EmfLine {
  const written: string[] = [];
  // Powertools writes through a console of its own, to the process's stdout.
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const given = { POWERTOOLS_SERVICE_NAME: serviceName('dev'), AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769' };
    performance.mark('onnward:begin', { startTime: 12.25 });
    performance.mark('onnward:loaded', { startTime: 1234.5678 });
    write(new InvocationMetrics({ ...given, AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand', ...environment }));
  } finally {
    performance.clearMarks();
    spy.mockRestore();
  }
  return JSON.parse(written.find((line) => line.includes('"_aws"')) ?? '{}') as EmfLine;
}
