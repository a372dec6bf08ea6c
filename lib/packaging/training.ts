import { TRAINING_MODELS_FILE } from '#core/deployment/names.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import type { ProfilingOptions } from '#core/training/world.ts';
import { bundle } from './bundle.ts';
import { licenceTexts, unique } from './packages.ts';
import { type Architecture, onnxRuntime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';
import { withOptions } from './with-options.ts';

/** What the function is told of a model. */
export interface TrainedModel {
  readonly training: TrainingOptions;
  /** The rows that variants are judged on are there. */
  readonly release: ReleaseOptions;
  /** @default - nothing is sensitive, nothing is looked at within */
  readonly profiling?: ProfilingOptions;
}

export interface TrainingCodeOptions {
  readonly architecture: Architecture;
  /** By its name. @default - none is trained */
  readonly models?: Readonly<Record<string, TrainedModel>>;
}

/**
 * The function of trainings with ONNX Runtime for one architecture, as the folder of a zip: `handler.handler`; what the
 * configuration says of each model is `models.json`. Throws `packaging.bundle`, `packaging.no_runtime`.
 */
export function stageTraining({ architecture, models = {} }: TrainingCodeOptions): StagedCode {
  const name = `training-${architecture}`;
  return withOptions(stageCode(architecture), { name, file: TRAINING_MODELS_FILE, models });
}

/** What is the same whatever the models' options are. */
function stageCode(architecture: Architecture): StagedCode {
  const runtime = onnxRuntime(architecture);
  return stage({
    name: `training-code-${architecture}`,
    inputs: runtime.inputs,
    make: () => {
      const { files, sources, packages } = bundle({ handler: 'functions/training/handler.ts' }, { splitting: true });
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
