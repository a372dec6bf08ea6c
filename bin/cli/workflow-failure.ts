import { OnnwardError } from '#core/errors.ts';
import { messageOfCause } from '#core/named-error.ts';

/** What ended a workflow or a function of a stage: an error of ours has its code for a name, any other one gets `code`. */
export function workflowFailure(error: string, cause: string, code: string): OnnwardError {
  const isOurs = /^[a-z0-9-]+\.[a-z_0-9]+$/.test(error);
  const message = messageOfCause(cause) ?? (cause || `The workflow ended with ${error}.`);
  return new OnnwardError(message, {
    code: isOurs ? error : code,
    kind: isOurs ? 'invalid' : 'internal',
    fields: { error },
  });
}
