import { openReader } from '#adapters/readers.ts';
import { invalid } from '#core/errors.ts';
import { createResponder } from '#serving/events/respond.ts';
import { answer } from './answer.ts';
import { Catalogue } from './catalogue.ts';

let opened: Promise<Catalogue> | undefined;

/** By the environment: `ONNWARD_STORE`, and `ONNWARD_MODELS`, the deployed models' names with commas between them. */
const open = (): Promise<Catalogue> => (opened ??= openCatalogue(process.env));

async function openCatalogue({ ONNWARD_STORE: url, ONNWARD_MODELS: models }: NodeJS.ProcessEnv): Promise<Catalogue> {
  if (!url || models === undefined) {
    throw invalid('function.unconfigured', 'the function lacks ONNWARD_STORE or ONNWARD_MODELS in its environment');
  }
  return new Catalogue({ store: await openReader(url), models: models.split(',').filter(Boolean), clock: Date.now });
}

// Within the initialisation, which has a whole CPU. Whoever asks hears of a failure.
await open().catch(() => undefined);

/** What Lambda calls: `handler.handler`. It never throws: every refusal is an answer in the protocol's error shape. */
export const handler = createResponder({ serve: async () => (request) => answer(request, open) });
