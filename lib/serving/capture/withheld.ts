import { OnnwardError } from '#core/errors.ts';

/** Codes of refusals that quote what was sent, or what the runtime says of it. */
const QUOTING = new Set(['input.element', 'input.range', 'model.run_failed', 'model.out_of_memory', 'monitor.label']);

/**
 * What may be told of an error where some of a model's fields are sensitive: answers are logged on their way, and what is
 * not foreseen goes to the log of whoever runs the server.
 */
export function withheld(error: unknown): unknown {
  if (!(error instanceof OnnwardError)) return unforeseen(error);
  const { code, kind, fix } = error;
  if (!QUOTING.has(code)) return error;
  return new OnnwardError(
    'the inputs hold something that the model does not take, which is not told: some are sensitive',
    {
      code,
      kind,
      ...(fix !== undefined && { fix }),
    },
  );
}

/** Where it happened, without its message. */
function unforeseen(error: unknown): Error {
  const { name = 'Error', stack = '' } = error instanceof Error ? error : {};
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const bare = new Error('withheld, for some fields are sensitive');
  bare.stack = [`${name}: ${bare.message}`, ...frames].join('\n');
  return bare;
}
