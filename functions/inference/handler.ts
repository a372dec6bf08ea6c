import { within } from '#serving/within.ts';
import { openPinned } from './host.ts';
import { once } from './once.ts';

/** Lambda ends an on-demand initialisation after 10 s and begins anew: stop waiting before, the load goes on. */
const INIT_BUDGET_MS = 9_000;

const serve = once(() => openPinned(process.env));

// Within the initialisation, which has a whole CPU. A failure is the first request's to find, and to try again.
const loaded = serve().then(
  () => undefined,
  () => undefined,
);
const isCut = process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';
await (isCut ? within(INIT_BUDGET_MS, loaded, () => undefined) : loaded);

// Loaded by now, while the model was on its way: what is imported above stands before the first question to the store.
const { createResponder } = await import('#serving/events/respond.ts');
const { InvocationMetrics } = await import('./metrics.ts');

/** What Lambda calls: `handler.handler`. */
export const handler = createResponder({
  model: process.env['ONNWARD_MODEL'] ?? '',
  serve,
  metrics: new InvocationMetrics(process.env),
});
