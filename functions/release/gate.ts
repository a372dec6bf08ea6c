import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gateFile } from '#core/deployment/names.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { GateOptions } from '#core/release/gates/options.ts';
import type { GateResult } from '#core/release/result.ts';

type GateModule = { readonly default?: (evidence: object) => unknown };

export interface GatePlace {
  /** On a laptop: what paths are named from. @default - this is AWS, where modules are in the bundle */
  readonly folder?: string;
}

/**
 * What a gate that is not ours says: a function of AWS by its ARN, or a module's default export, called with the evidence.
 * It is not looked at here. Throws `gate.failed`, `gate.no_module`, `aws.*`, and what the module throws.
 */
export async function askGate(gate: GateOptions, evidence: object, { folder }: GatePlace): Promise<GateResult> {
  const { run } = gate as { readonly run: string };
  if (!run.startsWith('arn:')) return (await askModule(run, evidence, folder)) as GateResult;
  const { invokeFunction } = await import('#adapters/aws/lambda/invoke.ts');
  const { result, crash } = await invokeFunction(run, evidence);
  if (!crash) return result as GateResult;
  throw new OnnwardError(`The gate ${run} crashes: ${crash.message}`, {
    code: 'gate.failed',
    kind: 'unavailable',
    fix: "Look at the function's log, mend it, and release again.",
    fields: { run },
  });
}

async function askModule(run: string, evidence: object, folder: string | undefined): Promise<unknown> {
  const { default: gate } = await load(run, folder);
  if (typeof gate === 'function') return gate(evidence);
  throw invalid('gate.no_module', `${run} exports no function as its default.`, {
    fix: 'Write `export default (evidence) => ({ verdict, sentence, numbers })`.',
    fields: { run },
  });
}

async function load(run: string, folder: string | undefined): Promise<GateModule> {
  const url = folder === undefined ? new URL(gateFile(run), import.meta.url) : pathToFileURL(resolve(folder, run));
  try {
    return (await import(url.href)) as GateModule;
  } catch (cause) {
    throw invalid('gate.no_module', `${run} cannot be loaded: ${(cause as Error).message}`, {
      fix: 'Correct the path, which is beside onnward.config.ts, or what the module throws.',
      fields: { run, path: fileURLToPath(url) },
      cause,
    });
  }
}
