/** A value in quotes, in which a comma or a semicolon ends nothing (RFC 9110, 5.6.4). */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** Whether a `Prefer` header asks not to be waited for with the answer: `respond-async` (RFC 7240, 4.1). */
export const prefersAsync = (prefer: string | undefined): boolean =>
  prefer !== undefined &&
  prefer
    .replace(QUOTED, '')
    .split(',')
    .some((preference) => /^\s*respond-async\s*(?:=\s*)?(?:;|$)/i.test(preference));
