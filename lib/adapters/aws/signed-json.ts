import { createHash } from 'node:crypto';
import { type Environment, functionCredentials } from './function-credentials.ts';
import { sendHttp, textOf } from './http.ts';
import { hostSuffix } from './s3-endpoint.ts';
import { type Credentials, signatureOf, signingScope } from './s3-signature.ts';

/** A service of AWS that speaks JSON: `firehose`, and what its actions begin with. */
export interface JsonService {
  readonly name: string;
  readonly prefix: string;
}

/** How long a call may take before it is given up. */
export interface Patience {
  /** Milliseconds until there is a connection. */
  readonly connectMs: number;
  /** Milliseconds in which nothing at all comes. */
  readonly idleMs: number;
}

/** Answers of these services have some kilobytes. */
const ANSWER_BYTES = 1 << 20;

/** Calls a service of AWS's without its SDK, as the role of the function; once: to try again is the caller's. */
export class SignedJson {
  readonly #service: JsonService;
  readonly #credentials: () => Promise<Credentials>;
  readonly #region: string;
  readonly #url: URL;

  /** Credentials, region and endpoint are the environment's. Throws where it names no region. */
  constructor(service: JsonService, env: Environment = process.env) {
    const endpoint = env[`AWS_ENDPOINT_URL_${service.name.toUpperCase()}`] || env['AWS_ENDPOINT_URL'];
    const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (endpoint && 'us-east-1');
    if (!region) throw new Error('Region is missing');
    this.#service = service;
    this.#credentials = functionCredentials(env);
    this.#region = region;
    this.#url = new URL(endpoint ?? `https://${service.name}.${region}.${hostSuffix(region)}/`);
  }

  /** The answer's JSON. Rejects with an error that names what the service said, or the system. */
  async call(action: string, content: object, patience: Patience): Promise<unknown> {
    const body = Buffer.from(JSON.stringify(content));
    const headers = await this.#signed(action, body);
    const answer = await sendHttp({ url: this.#url, method: 'POST', headers, body, ...patience });
    const text = await textOf(answer, ANSWER_BYTES);
    if (answer.statusCode === 200) return JSON.parse(text || '{}');
    throw Object.assign(new Error(`${action} was answered with ${answer.statusCode}: ${text.slice(0, 300)}`), {
      name: 'ServiceError',
      $metadata: { httpStatusCode: answer.statusCode },
    });
  }

  /** Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
  async #signed(action: string, body: Uint8Array): Promise<Record<string, string>> {
    const credentials = await this.#credentials();
    const scope = signingScope(new Date(), this.#region, this.#service.name);
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.1',
      host: this.#url.host,
      'x-amz-date': scope.stamp,
      ...(credentials.sessionToken && { 'x-amz-security-token': credentials.sessionToken }),
      'x-amz-target': `${this.#service.prefix}.${action}`,
    };
    const names = Object.keys(headers);
    const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
    const digest = createHash('sha256').update(body).digest('hex');
    const canonical = `POST\n${this.#url.pathname}\n\n${lines}\n${names.join(';')}\n${digest}`;
    const signature = signatureOf(canonical, scope, credentials);
    const authorization =
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${signature}`;
    return { ...headers, 'content-length': String(body.length), authorization };
  }
}
