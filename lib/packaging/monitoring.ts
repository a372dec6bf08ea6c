import { MONITOR_MODELS_FILE } from '#core/deployment/names.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import { bundle } from './bundle.ts';
import { licenceTexts, unique } from './packages.ts';
import { type Architecture, onnxRuntime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';
import { withOptions } from './with-options.ts';

export interface MonitoringCodeOptions {
  readonly architecture: Architecture;
  /** By its name, what the configuration says of each model. @default - none is watched */
  readonly models?: Readonly<Record<string, WatchedModel>>;
}

const ENTRIES = { handler: 'functions/monitoring/handler.ts' };

/**
 * The function of monitoring, as the folder of a zip: `handler.handler`; what the configuration says of each model is
 * `models.json`. ONNX Runtime goes along only where a model has `drift.hidden`: nothing else is asked of a model again.
 * Throws `packaging.bundle`, `packaging.no_runtime`.
 */
export function stageMonitoring({ architecture, models = {} }: MonitoringCodeOptions): StagedCode {
  const asks = Object.values(models).some(({ watch }) => watch.drift?.hidden !== undefined);
  const name = `monitoring-${asks ? architecture : 'plain'}`;
  return withOptions(asks ? stageWithRuntime(architecture) : stagePlain(), { name, file: MONITOR_MODELS_FILE, models });
}

const stagePlain = (): StagedCode =>
  stage({
    name: 'monitoring-code',
    inputs: new Map(),
    make: () => {
      const { files, sources, packages } = bundle(ENTRIES, { splitting: true });
      const licences = { path: 'licences.txt', from: Buffer.from(licenceTexts(packages)) };
      return { files: [...files, licences], sources };
    },
  });

function stageWithRuntime(architecture: Architecture): StagedCode {
  const runtime = onnxRuntime(architecture);
  return stage({
    name: `monitoring-code-${architecture}`,
    inputs: runtime.inputs,
    make: () => {
      const { files, sources, packages } = bundle(ENTRIES, { splitting: true });
      const licensed = unique([...packages, ...runtime.packages]);
      const bill = Buffer.from(`${JSON.stringify(softwareBill(licensed, runtime), null, 2)}\n`);
      const papers = [
        { path: 'sbom.cdx.json', from: bill },
        { path: 'licences.txt', from: Buffer.from(licenceTexts(licensed)) },
      ];
      return { files: [...runtime.files, ...files, ...papers], sources };
    },
  });
}
