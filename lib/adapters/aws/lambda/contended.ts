import { OnnwardError } from '#core/errors.ts';
import { ATTEMPTS } from './waiting.ts';

/** Every attempt met a change by somebody else. */
export const contended = (name: string): OnnwardError =>
  new OnnwardError(`Function ${name} was changed by somebody else each time it was to be published.`, {
    code: 'publish.contended',
    kind: 'conflict',
    fix: 'Wait until the other deployment or release is done, then run it again.',
    fields: { function: name, attempts: ATTEMPTS },
  });
