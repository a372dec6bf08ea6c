import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BatchManifest, Receipt } from '#core/batch/plan.ts';
import { BATCH_METRICS, DIMENSIONS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { BatchMetrics } from '../../../functions/batch/metrics.ts';
import { emfLines } from '../inference/emf.ts';

const receipt: Receipt = {
  format: 1,
  shard: 7,
  input: 0,
  bytes: 4096,
  rows: 102,
  scored: 100,
  quarantined: 2,
  seconds: 1.5,
};
const manifest: BatchManifest = {
  format: 1,
  job: '0123456789abcdef',
  model: { name: 'iris', version: 3 },
  drive: 1,
  state: 'pending',
  rows: { in: 112, scored: 100, quarantined: 2, pending: 10 },
  inputs: [{ store: 's3://b', key: 'batch/in/iris/secret-name.csv', size: 4096, version: 'v', format: 'csv' }],
  parts: [],
  quarantine: [],
  pending: [],
  receipts: 1,
  plannedAt: '2026-11-01T00:00:00.000Z',
  seconds: 1.5,
  rowsPerSecond: 68,
  usdPerMillionRows: 0.34,
};

let lines: ReturnType<typeof emfLines>;
let metrics: BatchMetrics;
beforeEach(() => {
  lines = emfLines();
  metrics = new BatchMetrics({ POWERTOOLS_SERVICE_NAME: 'onnward-prod' });
});
afterEach(() => vi.restoreAllMocks());

const { rows, quarantinedRows, ...ofJobs } = BATCH_METRICS;
const directive = (...definitions: { name: string; unit: string }[]) => [
  {
    Namespace: NAMESPACE,
    Dimensions: [[...DIMENSIONS]],
    Metrics: definitions.map(({ name, unit }) => ({ Name: name, Unit: unit })),
  },
];

test('a scored shard is one line, with its rows, under the model', () => {
  metrics.recordReceipt(receipt, 'iris');
  expect(lines).toHaveLength(1);
  const { _aws, ...rest } = lines[0]!;
  expect(_aws.CloudWatchMetrics).toEqual(directive(rows, quarantinedRows));
  const counts = { BatchRows: 100, BatchQuarantinedRows: 2 };
  expect(rest).toEqual({ service: 'onnward-prod', model: 'iris', shard: 7, ...counts });
});

test('a job that is accounted for is one line, with what it left and cost', () => {
  metrics.recordManifest(manifest);
  expect(lines).toHaveLength(1);
  const { _aws, ...rest } = lines[0]!;
  expect(_aws.CloudWatchMetrics).toEqual(directive(...Object.values(ofJobs)));
  expect(rest).toEqual({
    service: 'onnward-prod',
    model: 'iris',
    job: '0123456789abcdef',
    version: 3,
    state: 'pending',
    BatchPendingRows: 10,
    BatchRowsPerSecond: 68,
    BatchUsdPerMillionRows: 0.34,
  });
});

describe('what is not known', () => {
  const { rowsPerSecond: _, usdPerMillionRows: __, ...unmeasured } = manifest;

  test('is no zero, but left out', () => {
    metrics.recordManifest({ ...unmeasured, rows: { scored: 0, quarantined: 0, pending: 0 }, state: 'done' });
    expect(lines[0]!._aws.CloudWatchMetrics[0]!.Metrics.map(({ Name }) => Name)).toEqual(['BatchPendingRows']);
  });

  test('at all writes no line, and disturbs no other', () => {
    metrics.recordManifest({ ...unmeasured, rows: { scored: 0, quarantined: 0 }, state: 'refused' });
    expect(lines).toEqual([]);
    metrics.recordReceipt(receipt, 'digits');
    expect(lines.map(({ model, job }) => [model, job])).toEqual([['digits', undefined]]);
  });
});

test('lines of one worker do not run into each other', () => {
  metrics.recordReceipt(receipt, 'iris');
  metrics.recordReceipt({ ...receipt, shard: 8, scored: 1, quarantined: 0 }, 'digits');
  metrics.recordManifest(manifest);
  expect(lines.map(({ model, shard, BatchRows }) => [model, shard, BatchRows])).toEqual([
    ['iris', 7, 100],
    ['digits', 8, 1],
    ['iris', undefined, undefined],
  ]);
});

test('nothing of an input is in them', () => {
  metrics.recordManifest(manifest);
  expect(JSON.stringify(lines)).not.toContain('secret-name');
});

test('they can be handed on as they are', () => {
  const { recordReceipt, recordManifest } = metrics;
  recordReceipt(receipt, 'iris');
  recordManifest(manifest);
  expect(lines).toHaveLength(2);
});
