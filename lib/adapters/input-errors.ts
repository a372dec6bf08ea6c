import { OnnwardError } from '#core/errors.ts';

/** What Onnward says of an input that is not, or no longer, what was looked at; `url` names the object. */
const refusal = (code: string, kind: 'conflict' | 'not-found' | 'invalid', fix: string) => (url: string, why: string) =>
  new OnnwardError(`${url} ${why}.`, { code, kind, fix, fields: { url } });

export const changed = refusal(
  'input.changed',
  'conflict',
  'Run the batch again, once nothing writes to the input; better, give each input a name of its own.',
);

export const unreadable = refusal('input.unreadable', 'invalid', 'Name a file that this user may read.');

const missing = refusal('input.not_found', 'not-found', 'Check the name; it is taken letter for letter.');
export const notFound = (url: string): OnnwardError => missing(url, 'is not there');
