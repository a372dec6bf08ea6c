import { bundle } from './bundle.ts';
import { licenceTexts, unique } from './packages.ts';
import { type Architecture, onnxRuntime } from './runtime.ts';
import { softwareBill } from './sbom.ts';
import { stage, type StagedCode } from './staged.ts';

const SOURCE = 'functions/batch';

/**
 * The function of batch inference with ONNX Runtime for one architecture, as the folder of a zip: `handler.handler`.
 * Throws `packaging.bundle`, `packaging.no_runtime`.
 */
export function stageBatch({ architecture }: { readonly architecture: Architecture }): StagedCode {
  const runtime = onnxRuntime(architecture);
  return stage({
    name: `batch-${architecture}`,
    inputs: runtime.inputs,
    make: () => {
      const { files, sources, packages } = bundle({ handler: `${SOURCE}/handler.ts` });
      const all = unique([...packages, ...runtime.packages]);
      const bill = Buffer.from(`${JSON.stringify(softwareBill(all, runtime), null, 2)}\n`);
      const papers = [
        { path: 'sbom.cdx.json', from: bill },
        { path: 'licences.txt', from: Buffer.from(licenceTexts(all)) },
      ];
      return { files: [...runtime.files, ...files, ...papers], sources };
    },
  });
}
