import { OnnwardError } from '#core/errors.ts';

/** Whether a version segment of a URL is a number rather than an alias. */
export const isNumber = (version: string): boolean => /^\d{1,15}$/.test(version);

const listed = (names: readonly (string | number)[]): string => (names.length > 0 ? names.join(', ') : 'none yet');

export const modelNotFound = (name: string, served: readonly string[]): OnnwardError =>
  new OnnwardError(`no model ${shown(name)} is served here; there are: ${listed(served)}`, {
    code: 'model.not_found',
    kind: 'not-found',
    fix: 'Register it, or check the spelling.',
    fields: { name },
  });

export const versionNotFound = (name: string, version: string, served: readonly number[]): OnnwardError =>
  new OnnwardError(`version ${shown(version)} of ${name} is not served here; served: ${listed(served)}`, {
    code: 'version.not_found',
    kind: 'not-found',
    fix: 'Leave the version out to get the live one.',
    fields: { name, version },
  });

export const notLoaded = (reference: string, reason: string | undefined): OnnwardError =>
  new OnnwardError(`${reference} is not ready: ${reason ?? 'it is being loaded'}`, {
    code: 'model.loading',
    kind: 'unavailable',
    fix: 'Send it again in a moment.',
    fields: { reference },
  });

const shown = (text: string): string => (text.length > 80 ? `'${text.slice(0, 80)}…'` : `'${text}'`);
