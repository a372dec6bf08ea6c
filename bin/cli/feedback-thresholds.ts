import type { Config } from '#config/config.ts';
import { thresholdOf } from '#core/monitoring/watch-threshold.ts';
import type { MonitorThresholds } from '#serving/monitor-call/answer.ts';

/** What the configuration's models are held to. */
export const thresholdsIn = ({ models = {} }: Pick<Config, 'models'>): MonitorThresholds =>
  Object.fromEntries(
    Object.entries(models).flatMap(([name, { watch }]) => {
      const threshold = watch && thresholdOf(watch);
      return threshold ? [[name, threshold]] : [];
    }),
  );
