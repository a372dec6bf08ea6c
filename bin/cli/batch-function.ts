import { availableParallelism } from 'node:os';
import { openFunction, type LocalFunction } from '#adapters/local/workflow/functions.ts';
import type { BatchConfig } from '#config/model.ts';
import { BATCH, PIN } from '#core/deployment/names.ts';
import type { Workplace } from './registry.ts';

/** The function of batch inference in processes of this machine; `processes` are as many as it has cores, unless said otherwise. */
export async function openBatchFunction(
  { store, registry, config }: Workplace,
  processes = availableParallelism(),
): Promise<LocalFunction> {
  const models = Object.entries(config.models ?? {}).flatMap(([name, { batch }]) =>
    batch ? [[name, batch] as const] : [],
  );
  return openFunction({
    handler: 'functions/batch/handler.ts',
    processes,
    environment: {
      [PIN.store]: store.url,
      [BATCH.concurrency]: String(processes),
      ...(models.length > 0 && { [BATCH.models]: optionsText(models, await registry.models()) }),
    },
  });
}

/** With every model of the registry: what is not named is not scored, and here all are. */
function optionsText(configured: readonly (readonly [string, BatchConfig])[], names: readonly string[]): string {
  const options = new Map<string, object>(names.map((name) => [name, {}]));
  for (const [name, batch] of configured) options.set(name, { ...batch, schedule: undefined });
  return JSON.stringify(Object.fromEntries(options));
}
