import {
  attemptKey,
  ATTEMPTS,
  bodyKey,
  contentKey,
  isExpired,
  MAX_REQUEST_BYTES,
  parseRequest,
  recordBytes,
  requestKey,
  type RequestName,
  responseKey,
  type StoredRequest,
} from '#core/batch/requests.ts';
import type { PinnedModel } from '#core/batch/plan.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { tooLarge } from '#serving/compression.ts';
import { type ServedModel, soleHost } from '#serving/host.ts';
import type { BytesResponse } from '#serving/message.ts';
import { infer } from '#serving/protocols/oip/infer.ts';
import { errorResponse } from '#serving/status.ts';

/** What stored requests are answered with. */
export interface Answering {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** The version, in memory. */
  readonly open: (model: PinnedModel) => Promise<ServedModel>;
  /** Bytes of a body. @default - MAX_REQUEST_BYTES */
  readonly maxBodyBytes?: number;
}

/** Busy, or not to be reached: nothing that the request is to blame for. */
const PASSING = new Set([429, 503]);

/**
 * Answers one stored request as a server would, and records the answer, whatever it is; does nothing where there is one
 * already, or where nobody asked. Throws what may pass, to be called again: the attempt after the last records a 503.
 */
export async function answerRequest(answering: Answering, name: RequestName): Promise<void> {
  const { store, clock } = answering;
  const stored = await store.get(requestKey(name));
  if (!stored || (await store.get(responseKey(name)))) return;
  const request = parseRequest(stored);
  if (isExpired(request, clock())) return;
  const attempt = await begin(store, name);
  const response = attempt > ATTEMPTS ? failed(request) : await answer(answering, name, request, attempt);
  await record(answering, name, request, { attempt, response });
}

/** The number of this attempt, from 1: known to all, also where this process dies of it. */
async function begin(store: ObjectStore, name: RequestName): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await create(store, attemptKey(name, attempt), new Uint8Array())) return attempt;
  }
  return ATTEMPTS + 1;
}

async function answer(
  answering: Answering,
  name: RequestName,
  request: StoredRequest,
  attempt: number,
): Promise<BytesResponse> {
  try {
    return await compute(answering, name, request);
  } catch (error) {
    if (attempt < ATTEMPTS) throw error;
    // oxlint-disable-next-line no-console -- whoever runs it is told why; the client is told that it failed
    console.error(error);
    return failed(request);
  }
}

async function compute(
  { store, open, maxBodyBytes = MAX_REQUEST_BYTES }: Answering,
  name: RequestName,
  { model, headers }: StoredRequest,
): Promise<BytesResponse> {
  const body = await readBody(store, bodyKey(name), maxBodyBytes);
  if (body instanceof OnnwardError) return errorResponse(body, '');
  const host = soleHost(await open(model));
  const response = await infer(
    host,
    model.name,
    undefined,
    { header: (field) => headers[field], body },
    { maxBodyBytes },
  );
  if (PASSING.has(response.status)) throw new Error(`the model answered ${response.status}`);
  return response;
}

/** All of it in memory, once; what is too large is not begun to be read. */
async function readBody(store: ObjectStore, key: string, limit: number): Promise<Buffer | OnnwardError> {
  const size = await sizeOf(store, key);
  if (size > limit) return tooLarge(`is ${size} bytes`, limit);
  const body = Buffer.allocUnsafeSlow(size);
  let read = 0;
  for await (const chunk of store.read(key)) {
    if (read + chunk.length > size) throw new Error(`${key} changed while it was read`);
    body.set(chunk, read);
    read += chunk.length;
  }
  if (read < size) throw new Error(`${key} changed while it was read`);
  return body;
}

async function sizeOf(store: ObjectStore, key: string): Promise<number> {
  for await (const object of store.list(key)) {
    if (object.key === key) return object.size;
  }
  throw new Error(`${key} is not there`);
}

async function record(
  { store, clock }: Answering,
  name: RequestName,
  { expiresAt }: StoredRequest,
  { attempt, response }: { readonly attempt: number; readonly response: BytesResponse },
): Promise<void> {
  const { 'x-request-id': _, ...headers } = response.headers;
  const { status } = response;
  const content = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  await store.put(contentKey(name, attempt), content);
  const answeredAt = new Date(clock()).toISOString();
  const size = content.length;
  await create(
    store,
    responseKey(name),
    recordBytes({ format: 1, status, headers, size, attempt, answeredAt, expiresAt }),
  );
}

/** False where it is there already. */
async function create(store: ObjectStore, key: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await store.put(key, bytes, { ifAbsent: true });
    return true;
  } catch (error) {
    if (isPrecondition(error)) return false;
    throw error;
  }
}

const failed = ({ model }: StoredRequest): BytesResponse =>
  errorResponse(
    new OnnwardError(`${model.name} could not answer this request, in ${ATTEMPTS} attempts`, {
      code: 'request.failed',
      kind: 'unavailable',
      fix: 'Send it again later.',
    }),
    '',
  );
