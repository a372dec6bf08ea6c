import { openPinned } from '../../../../functions/inference/host.ts';
import { createResponder } from '#serving/events/respond.ts';
import type { Configuration } from '../../../support/lambda-server.ts';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };

/** What a published version answers: our own function, with the environment that it was published with. */
export async function answerAsFunction(version: Configuration, event: unknown): Promise<unknown> {
  const env = version.Environment?.Variables ?? {};
  const respond = createResponder({ model: env['ONNWARD_MODEL'] ?? '', serve: () => openPinned(env) });
  return JSON.parse(JSON.stringify(await respond(event, context)));
}
