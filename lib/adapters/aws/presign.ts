import type { UploadLink } from '#core/batch/requests.ts';
import { signatureOf, signingScope } from './s3-signature.ts';
import type { SignedPlace } from './signed-s3.ts';

/** What whoever has the link may do. */
export interface LinkTerms {
  readonly method: 'GET' | 'PUT';
  /** From `at` on; it ends before where the credentials do. */
  readonly seconds: number;
  readonly at: Date;
  /** To be sent along just as they are here; by lower-case name. @default - none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Such as `response-content-type`. @default - none */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * A URL that carries its own permission (Signature Version 4, in the query), and the headers that it holds for.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presign({ url, region, credentials }: SignedPlace, terms: LinkTerms): UploadLink {
  const { method, seconds, at, headers = {}, query = {} } = terms;
  const signed = Object.entries({ ...headers, host: url.host }).sort(byName);
  const names = signed.map(([name]) => name).join(';');
  const { stamp, scope } = signingScope(at, region);
  const parameters = encoded({
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': String(seconds),
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': names,
  });
  const lines = signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}\n`).join('');
  const canonical = `${method}\n${url.pathname}\n${parameters}\n${lines}\n${names}\nUNSIGNED-PAYLOAD`;
  const signature = signatureOf(canonical, { stamp, scope }, credentials);
  return { url: `${url.href}?${parameters}&X-Amz-Signature=${signature}`, headers };
}

/** By the bytes of their names, which are ASCII, each escaped as RFC 3986 has it. */
const encoded = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .sort(byName)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .join('&');

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
