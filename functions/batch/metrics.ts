import { Metrics } from '@aws-lambda-powertools/metrics';
import type { BatchManifest, Receipt } from '#core/batch/plan.ts';
import { BATCH_METRICS, type CloudWatchMetric, NAMESPACE } from '#core/monitoring/metrics.ts';

/** The variables of the function that name what it is of. */
type Environment = Readonly<Record<string, string | undefined>>;

/** A metric, and what there is of it; without a value it is left out. */
type Measured = readonly [CloudWatchMetric, number | undefined];

/** Writes lines of CloudWatch's embedded metric format: of a shard, and of a job. Never a row, never the name of a file. */
export class BatchMetrics {
  readonly #line: Metrics;

  constructor(env: Environment) {
    const serviceName = env['POWERTOOLS_SERVICE_NAME'];
    this.#line = new Metrics({ namespace: NAMESPACE, ...(serviceName && { serviceName }) });
  }

  /** As `BatchWorld.onReceipt` takes it. */
  readonly recordReceipt = ({ shard, scored, quarantined }: Receipt, model: string): void => {
    const { rows, quarantinedRows } = BATCH_METRICS;
    const measured: Measured[] = [
      [rows, scored],
      [quarantinedRows, quarantined],
    ];
    this.#write(model, measured, { shard });
  };

  /** As `BatchWorld.onManifest` takes it. What could not be counted, or was never begun, is no number. */
  readonly recordManifest = ({ job, model, state, rows, ...manifest }: BatchManifest): void => {
    const { pendingRows, rowsPerSecond, usdPerMillionRows } = BATCH_METRICS;
    const measured: Measured[] = [
      [pendingRows, rows.pending],
      [rowsPerSecond, manifest.rowsPerSecond],
      [usdPerMillionRows, manifest.usdPerMillionRows],
    ];
    this.#write(model.name, measured, { job, version: model.version, state });
  };

  #write(model: string, measured: readonly Measured[], properties: Readonly<Record<string, string | number>>): void {
    const present = measured.filter((each): each is readonly [CloudWatchMetric, number] => each[1] !== undefined);
    if (present.length === 0) return;
    const line = this.#line.addDimension('model', model);
    for (const [{ name, unit }, value] of present) line.addMetric(name, unit, value);
    // Its type allows text alone; numbers are written as they are, and Logs Insights compares them as such.
    for (const [name, value] of Object.entries(properties)) line.addMetadata(name, value as string);
    line.publishStoredMetrics();
  }
}
