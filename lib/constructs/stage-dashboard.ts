import { serviceName } from '#core/deployment/names.ts';
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type MetricOptions,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { over } from './alarm.ts';
import type { BatchInference } from './batch-inference.ts';
import type { InferenceApi } from './inference-api.ts';
import type { InferenceService } from './inference-service.ts';
import type { ModelMonitor } from './model-monitor.ts';
import type { ReleasePipeline } from './release-pipeline.ts';
import type { TrainingQueue } from './training-queue.ts';

export interface StageDashboardProps {
  readonly stage: string;
  readonly api: InferenceApi;
  readonly services: readonly InferenceService[];
  /** @default - the stage scores no files */
  readonly batch?: BatchInference;
  /** @default - no model of the stage has gates */
  readonly releases?: ReleasePipeline;
  /** @default - no model of the stage is trained */
  readonly training?: TrainingQueue;
  /** @default - no model of the stage is watched */
  readonly monitor?: ModelMonitor;
}

const WIDTH = 24;

/** One page of a whole stage: the API, then a row for each model, then batch inference, releases, trainings and monitoring. Costs 3 USD a month after an account's first three. */
export class StageDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: StageDashboardProps) {
    super(scope, id);
    const { stage, api, services, batch, releases, training, monitor } = props;
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: serviceName(stage) });
    this.dashboard.addWidgets(title('API'));
    this.dashboard.addWidgets(...rowOf(apiGraphs(api)));
    for (const service of services) {
      this.dashboard.addWidgets(title(service.model));
      this.dashboard.addWidgets(...rowOf(modelGraphs(service)));
    }
    if (batch) {
      this.dashboard.addWidgets(title('Batch'));
      this.dashboard.addWidgets(...rowOf(batchGraphs(batch)));
    }
    if (releases) {
      this.dashboard.addWidgets(title('Releases'));
      this.dashboard.addWidgets(...rowOf(releaseGraphs(releases)));
    }
    if (training) {
      this.dashboard.addWidgets(title('Trainings'));
      this.dashboard.addWidgets(...rowOf(trainingGraphs(training)));
    }
    if (monitor) {
      this.dashboard.addWidgets(title('Monitoring'));
      this.dashboard.addWidgets(...rowOf(monitorGraphs(monitor, services)));
    }
  }
}

type Graphs = Readonly<Record<string, readonly IMetric[]>>;

const apiGraphs = (api: InferenceApi): Graphs => ({
  Requests: [api.metricRequests(over('Sum'))],
  'Client and server errors': [api.metricClientErrors(over('Sum')), api.metricServerErrors(over('Sum'))],
  'Latency, ms': percentiles((statistic) => api.metricLatency(over(statistic))),
});

const modelGraphs = (service: InferenceService): Graphs => ({
  Requests: [service.metricRequests(over('Sum')), service.metricErrors(over('Sum'))],
  'Latency, ms': percentiles((statistic) => service.metricLatency(over(statistic))),
  'Crashes and throttles': [service.metricCrashes(over('Sum')), service.metricThrottles(over('Sum'))],
  'Executions at once': [service.metricConcurrentExecutions(over('Maximum'))],
});

const batchGraphs = (batch: BatchInference): Graphs => {
  const byModel = (metric: (model: string) => IMetric): IMetric[] => batch.models.map(metric);
  return {
    'Batch jobs': [batch.metricStarted(over('Sum')), batch.metricFailed(over('Sum'))],
    'Rows of files': byModel((model) => batch.metricRows(model, { ...over('Sum'), label: model })),
    'Quarantined rows': byModel((model) => batch.metricQuarantinedRows(model, { ...over('Sum'), label: model })),
    'USD a million rows': byModel((model) =>
      batch.metricUsdPerMillionRows(model, { ...over('Average'), label: model }),
    ),
  };
};

const releaseGraphs = (releases: ReleasePipeline): Graphs => ({
  'Releases begun, and not live': [releases.metricStarted(over('Sum')), releases.metricFailed(over('Sum'))],
  'Calls of the function that threw': [releases.metricErrors(over('Sum'))],
  'Events that nobody could handle': [releases.metricUndelivered(over('Maximum'))],
});

const trainingGraphs = (training: TrainingQueue): Graphs => ({
  'Trainings begun, and without a version': [training.metricStarted(over('Sum')), training.metricFailed(over('Sum'))],
  'Calls of the function that threw': [training.metricErrors(over('Sum'))],
  'Events that started none': [training.metricUndelivered(over('Maximum'))],
});

/** Models that have no such metric leave their lines empty. */
const monitorGraphs = (monitor: ModelMonitor, services: readonly InferenceService[]): Graphs => {
  const watched = services.filter(({ model }) => monitor.models.includes(model));
  const period = Duration.hours(1);
  const byModel = (metric: (service: InferenceService, options: MetricOptions) => IMetric, statistic: string) =>
    watched.map((service) => metric(service, { period, statistic, label: service.model }));
  return {
    'Drifting features': byModel((service, options) => service.metricDrift(options), 'Maximum'),
    'Share of right answers': byModel((service, options) => service.metricCorrect(options), 'Average'),
    Quality: byModel((service, options) => service.metricQuality(options), 'Average'),
    'Looks, and those that failed': [monitor.metricRuns(over('Sum')), monitor.metricErrors(over('Sum'))],
  };
};

const percentiles = (metric: (statistic: string) => IMetric): IMetric[] => ['p50', 'p90', 'p99'].map(metric);

const title = (text: string): IWidget => new TextWidget({ markdown: `## ${text}`, width: WIDTH, height: 1 });

function rowOf(graphs: Graphs): IWidget[] {
  const entries = Object.entries(graphs);
  return entries.map(
    ([heading, left]) => new GraphWidget({ title: heading, left: [...left], width: WIDTH / entries.length }),
  );
}
