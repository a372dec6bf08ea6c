import { type ErrorKind, OnnwardError } from '#core/errors.ts';

interface Meaning {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly what: string;
  readonly fix: string;
}

/**
 * What API Gateway answers by itself, before or instead of the function: `{"message": …}`, with a status that says more.
 * Source: the API Gateway developer guide, "Gateway response types" and "Troubleshooting HTTP API Lambda integrations".
 */
const OF_THE_GATEWAY: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'remote.unauthorized',
    kind: 'invalid',
    what: 'it wants a token, and got none that it takes',
    fix: 'Set ONNWARD_TOKEN to a valid JWT of the issuer that the configuration names.',
  },
  403: {
    code: 'remote.forbidden',
    kind: 'invalid',
    what: 'the caller may not call it',
    fix: 'Let your identity execute-api:Invoke on this API, check AWS_PROFILE, and set ONNWARD_API_KEY if it asks for a key.',
  },
  404: {
    code: 'remote.no_route',
    kind: 'not-found',
    what: 'it has no such route',
    fix: 'Run `onnward status` for the URL of the stage.',
  },
  413: {
    code: 'remote.too_large',
    kind: 'too-large',
    what: 'the request is over 10 MB, or over the 6 MB that a function takes',
    fix: 'Send fewer rows at a time.',
  },
  429: {
    code: 'remote.throttled',
    kind: 'overloaded',
    what: 'requests come faster than its throttling or quota allows',
    fix: 'Wait, or raise `api.throttle` of the stage.',
  },
  500: {
    code: 'remote.crashed',
    kind: 'internal',
    what: 'the function gave no answer: it crashed, or ran out of memory',
    fix: "Look at the function's log, and raise `memory` of the model if it ends there.",
  },
  503: {
    code: 'remote.no_answer',
    kind: 'unavailable',
    what: 'the function did not answer within 30 seconds, or could not be called',
    fix: "Send fewer rows, raise `memory`, or look at the function's log.",
  },
  504: {
    code: 'remote.no_answer',
    kind: 'unavailable',
    what: 'the function did not answer within 29 seconds',
    fix: 'Send fewer rows, or raise `memory` of the model.',
  },
};

/** An answer that is no prediction, in our terms. The protocol's own words stand as they are. */
export function refusalOf(status: number, body: string, url: string): OnnwardError {
  const { error, message } = parse(body);
  const fields = { status, url };
  if (typeof error === 'string') {
    return new OnnwardError(`${url} refuses the request: ${error}`, {
      code: 'remote.refused',
      kind: status >= 500 ? 'unavailable' : 'invalid',
      fields,
    });
  }
  const said = typeof message === 'string' ? message : body.slice(0, 200);
  const { what, ...meaning } = OF_THE_GATEWAY[status] ?? {
    code: 'remote.unexpected',
    kind: 'unavailable',
    what: 'its answer is none of the protocol',
    fix: 'Check that the URL is that of a stage: `onnward status` shows it.',
  };
  return new OnnwardError(`${url} answers ${status} (${JSON.stringify(said)}): ${what}.`, { ...meaning, fields });
}

function parse(body: string): { error?: unknown; message?: unknown } {
  try {
    return (JSON.parse(body) ?? {}) as { error?: unknown; message?: unknown };
  } catch {
    return {};
  }
}
