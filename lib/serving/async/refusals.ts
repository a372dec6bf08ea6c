import { invalid, OnnwardError } from '#core/errors.ts';

export const hasBody = (): OnnwardError =>
  invalid('request.no_body', 'a request for an upload link has no body of its own', {
    fix: "Send the body to the link's URL, or to …/infer with 'Prefer: respond-async'.",
  });

export const notFound = (): OnnwardError =>
  new OnnwardError('there is no such request', {
    code: 'request.not_found',
    kind: 'not-found',
    fix: 'Ask at the location that the request was answered with; what is a day old is gone.',
  });

export const expired = (what: string): OnnwardError =>
  new OnnwardError(`${what} has expired`, { code: 'request.expired', kind: 'gone', fix: 'Send the request again.' });

export const uploaded = (): OnnwardError =>
  new OnnwardError('the body of this request is there already', {
    code: 'request.uploaded',
    kind: 'conflict',
    fix: 'Look at its location, or ask for another link.',
  });
