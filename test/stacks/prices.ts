/** A price of AWS in us-east-1, without any free tier. */
export interface Price {
  readonly usd: number;
  readonly unit: string;
  /** AWS's page of prices. */
  readonly source: string;
  /** The month in which it was published so. */
  readonly date: string;
  /** @default - read on AWS's page */
  readonly read?: 'by third parties' | 'from memory';
}

const on = (page: string) => `https://aws.amazon.com/${page}/pricing/`;

/** What costs money while nobody calls, and what a request costs; look here first when a bill differs. */
export const PRICES = {
  alarm: { usd: 0.1, unit: 'metric of an alarm and month', source: on('cloudwatch'), date: '2026-09' },
  compositeAlarm: { usd: 0.5, unit: 'alarm and month', source: on('cloudwatch'), date: '2026-09' },
  customMetric: {
    usd: 0.3,
    unit: 'metric and month in which it gets data',
    source: on('cloudwatch'),
    date: '2026-02',
    read: 'by third parties',
  },
  dashboard: { usd: 3, unit: 'dashboard and month', source: on('cloudwatch'), date: '2026-09' },
  s3Storage: { usd: 0.023, unit: 'GB and month', source: on('s3'), date: '2026-09' },
  ecrStorage: { usd: 0.1, unit: 'GB and month', source: on('ecr'), date: '2026-03', read: 'by third parties' },
  kmsKey: { usd: 1, unit: 'key and month', source: on('kms'), date: '2026-09', read: 'from memory' },
  provisionedArm: { usd: 0.0000033334, unit: 'GB-second', source: on('lambda'), date: '2026-09' },
  provisionedX86: { usd: 0.0000041667, unit: 'GB-second', source: on('lambda'), date: '2026-09' },
  snapStartCache: { usd: 0.0000015046, unit: 'GB-second', source: on('lambda'), date: '2026-09' },
  lambdaArm: { usd: 0.0000133334, unit: 'GB-second', source: on('lambda'), date: '2026-09' },
  lambdaX86: { usd: 0.0000166667, unit: 'GB-second', source: on('lambda'), date: '2026-09' },
  lambdaRequest: { usd: 0.0000002, unit: 'request', source: on('lambda'), date: '2026-09' },
  httpApiRequest: { usd: 0.000001, unit: 'request, of 512 KB at most', source: on('api-gateway'), date: '2026-09' },
  restApiRequest: { usd: 0.0000035, unit: 'request', source: on('api-gateway'), date: '2026-09' },
  transition: {
    usd: 0.000025,
    unit: 'state transition of a standard workflow',
    source: on('step-functions'),
    date: '2026-09',
    read: 'from memory',
  },
  endpoint: {
    usd: 0.01,
    unit: 'hour of an interface endpoint in a zone',
    source: on('privatelink'),
    date: '2026-09',
    read: 'from memory',
  },
  publicAddress: {
    usd: 0.005,
    unit: 'hour of a public IPv4 address',
    source: on('vpc'),
    date: '2026-09',
    read: 'from memory',
  },
  disk: { usd: 0.08, unit: 'GB and month of gp3', source: on('ebs'), date: '2026-09', read: 'from memory' },
  s3Put: { usd: 0.000005, unit: 'PUT', source: on('s3'), date: '2026-09' },
  s3Get: { usd: 0.0000004, unit: 'GET', source: on('s3'), date: '2026-09' },
  logsInsights: {
    usd: 0.005,
    unit: 'GB that a query reads',
    source: on('cloudwatch'),
    date: '2026-09',
    read: 'from memory',
  },
  firehose: {
    usd: 0.029,
    unit: 'GB that comes in, each record rounded up to 5 KB',
    source: on('firehose'),
    date: '2026-09',
    read: 'from memory',
  },
  logs: { usd: 0.5, unit: 'GB written', source: on('cloudwatch'), date: '2026-09' },
} as const satisfies Readonly<Record<string, Price>>;

/** Of an average month of 730 hours, as AWS's calculator has it. */
export const SECONDS_A_MONTH = 730 * 3600;
