import { BatchInference } from '#constructs/batch-inference.ts';
import { InferenceApi } from '#constructs/inference-api.ts';
import { InferenceService } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { ReleasePipeline } from '#constructs/release-pipeline.ts';
import { TrainingQueue } from '#constructs/training-queue.ts';
import { StageDashboard } from '#constructs/stage-dashboard.ts';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, test } from 'vitest';
import { GATED } from './release/synth-releases.ts';
import { textOf } from '../stacks/proofs/template.ts';
import { newStack } from './synth.ts';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    /** Namespace and name, then names and values of dimensions, then options; `.` repeats what stands above. */
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

let widgets: Widget[];
let name: unknown;

beforeAll(() => {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  const services = ['digits', 'iris'].map(
    (model) => new InferenceService(stack, model, { stage: 'dev', model, packaging: 'zip', registry, liveAliases }),
  );
  const api = new InferenceApi(stack, 'Api', { stage: 'dev', registry });
  const batch = new BatchInference(stack, 'Batch', { stage: 'dev', registry, models: { iris: {} } });
  const releases = new ReleasePipeline(stack, 'Releases', { stage: 'dev', registry, models: { iris: GATED } });
  const trained = { iris: { training: { image: 'our/trainer:3' }, release: {} } };
  const training = new TrainingQueue(stack, 'Training', { stage: 'dev', registry, models: trained });
  new StageDashboard(stack, 'Dashboard', { stage: 'dev', api, services, batch, releases, training });
  const found = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  expect(found).toHaveLength(1);
  const { DashboardName, DashboardBody } = (found[0] as { Properties: Record<string, unknown> }).Properties;
  name = DashboardName;
  widgets = (JSON.parse(textOf(DashboardBody)) as { widgets: Widget[] }).widgets;
});

/** The metrics of Step Functions below a heading. */
function ofWorkflow(heading: string): unknown[] {
  const from = widgets.findIndex(({ properties }) => properties.markdown === `## ${heading}`);
  const next = widgets.findIndex(({ properties }, index) => index > from && properties.markdown !== undefined);
  const below = widgets
    .slice(from + 1, next < 0 ? undefined : next)
    .flatMap(({ properties }) => properties.metrics ?? []);
  return below.filter(([namespace]) => namespace === 'AWS/States').map(([, metric]) => metric);
}

test('is one for the stage, and called so', () => {
  expect(name).toBe('onnward-dev');
});

test('has a heading for the API, for each model, for batch inference, for releases and for trainings', () => {
  expect(widgets.flatMap(({ properties }) => properties.markdown ?? [])).toEqual([
    '## API',
    '## digits',
    '## iris',
    '## Batch',
    '## Releases',
    '## Trainings',
  ]);
});

test('shows requests, failures, latency, crashes, throttles and executions of each model', () => {
  const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  for (const model of ['digits', 'iris']) {
    const shown = metrics
      .filter((metric) => metric.includes(model) && !String(metric[1]).startsWith('Batch'))
      .map(([namespace, metric]) => [namespace, metric]);
    expect(shown).toEqual([
      ['Onnward', 'Requests'],
      ['Onnward', 'Errors'],
      ...Array.from({ length: 3 }, () => ['Onnward', 'Latency']),
    ]);
    const lambda = metrics.filter((metric) => metric.includes(`onnward-dev-${model}`)).map(([, metric]) => metric);
    expect(lambda).toEqual(['Errors', 'Throttles', 'ConcurrentExecutions']);
  }
});

test('shows jobs, and the rows of each model that files are scored with', () => {
  const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  expect(ofWorkflow('Batch')).toEqual(['ExecutionsStarted', 'ExecutionsFailed']);
  const rows = metrics.filter(([, metric]) => String(metric).startsWith('Batch'));
  expect(rows.map(([, metric]) => metric)).toEqual(['BatchRows', 'BatchQuarantinedRows', 'BatchUsdPerMillionRows']);
  expect(rows.every((metric) => metric.includes('iris'))).toBe(true);
});

test('shows releases, and what nobody could handle', () => {
  const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  expect(ofWorkflow('Releases')).toEqual(['ExecutionsStarted', 'ExecutionsFailed']);
  expect(metrics.filter(([namespace]) => namespace === 'AWS/SQS')).toHaveLength(2);
});

test('shows trainings, and those that made no version', () => {
  expect(ofWorkflow('Trainings')).toEqual(['ExecutionsStarted', 'ExecutionsFailed']);
});

test('fills the width with widgets that do not overlap', () => {
  for (const one of widgets) {
    expect(one.x + one.width).toBeLessThanOrEqual(24);
    for (const other of widgets.filter((each) => each !== one)) {
      const beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
      const above = one.y + one.height <= other.y || other.y + other.height <= one.y;
      expect(beside || above).toBe(true);
    }
  }
});
