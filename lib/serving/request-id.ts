import { randomBytes } from 'node:crypto';

const SANE = /^[\x21-\x7e]{1,128}$/;

// Unique among processes by the prefix and within this one by the count: no random draw for each request.
const prefix = randomBytes(6).toString('hex');
let count = 0;

/** The client's own `x-request-id` where it is visible ASCII of at most 128 characters, else a new one. */
export function requestIdOf(sent: string | undefined): string {
  return sent !== undefined && SANE.test(sent) ? sent : `${prefix}-${(count++).toString(36)}`;
}
