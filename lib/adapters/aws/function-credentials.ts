import { readFile } from 'node:fs/promises';
import { sendHttp, textOf } from './http.ts';
import type { Credentials } from './s3-signature.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Lent {
  readonly credentials: Credentials;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** New ones are asked for so long before the old ones end, ms: what is under way still gets through. */
const MARGIN_MS = 5 * 60_000;

/** ECS, and EKS's agent: beside them AWS's SDKs let only this machine, or TLS, tell credentials. */
const TRUSTED = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', 'localhost', '127.0.0.1', '[::1]']);

const ECS = 'http://169.254.170.2';

/**
 * The credentials of a function's role: from the environment, or, where the environment of a process outlives them
 * (a restored SnapStart snapshot, a container of ECS), from the address that the environment names.
 * Rejects with an error named `CredentialsProviderError`, as AWS's SDK has it.
 */
export function functionCredentials(env: Environment, clock: () => number = Date.now): () => Promise<Credentials> {
  let lent: Promise<Lent> | undefined;
  const isFresh = (known: Lent | undefined, margin: number): known is Lent =>
    known !== undefined && known.expires - clock() > margin;
  return async () => {
    const own = fromEnvironment(env);
    if (own) return own;
    const before = lent;
    const known = await before;
    if (isFresh(known, MARGIN_MS)) return known.credentials;
    if (lent === before) {
      lent = borrow(env).catch((error: unknown) => {
        lent = before;
        if (isFresh(known, 0)) return known;
        throw error;
      });
    }
    return (await (lent as Promise<Lent>)).credentials;
  };
}

function fromEnvironment(env: Environment): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) };
}

async function borrow(env: Environment): Promise<Lent> {
  const url = addressOf(env);
  try {
    const token = await tokenOf(env);
    const headers = { accept: 'application/json', ...(token && { authorization: token }) };
    const answer = await sendHttp({ url, headers, connectMs: 1000, idleMs: 5000 });
    const text = await textOf(answer, 65_536);
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    return lentBy(parse(text));
  } catch (cause) {
    throw refused(`${url.host} lends no credentials: ${(cause as Error).message}`, cause);
  }
}

function addressOf({
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: full,
}: Environment): URL {
  if (relative) return new URL(relative, ECS);
  if (!full || !URL.canParse(full)) throw refused('the environment has no credentials, and does not say who has');
  const url = new URL(full);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && TRUSTED.has(url.hostname))) return url;
  throw refused(`AWS_CONTAINER_CREDENTIALS_FULL_URI names ${url.host}, which is neither local nor reached by TLS`);
}

/** The file wins, and is read each time: whoever writes it renews it. */
async function tokenOf({
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
}: Environment): Promise<string | undefined> {
  return path ? (await readFile(path, 'utf8')).trim() : token;
}

/** What JSON.parse says of a bad text holds pieces of it, and these are secrets. */
function parse(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    throw new Error('its answer is not JSON');
  }
}

function lentBy({ AccessKeyId, SecretAccessKey, Token, Expiration }: Record<string, unknown>): Lent {
  const expires = Date.parse(String(Expiration));
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || Number.isNaN(expires)) {
    throw new Error('its answer has none');
  }
  const session = typeof Token === 'string' && { sessionToken: Token };
  return { credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, ...session }, expires };
}

const refused = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: 'CredentialsProviderError' });
