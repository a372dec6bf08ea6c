import type { RequestName, StoredRequest } from '#core/batch/requests.ts';
import { type BytesRequest, type BytesResponse, JSON_TYPE } from '#serving/message.ts';
import { JSON_LENGTH_HEADER } from '#serving/protocols/oip/frame.ts';

/** Seconds until it is worth asking again. */
const POLL_SECONDS = '2';

/** Below the root of the protocol, wherever that is. */
export const pathOf = ({ model, id }: RequestName): string => `/v2/models/${model}/requests/${id}`;

/** By what a client resolves against the URL that it asked: what a gateway has put before the path stays before it. */
export const placeOf = ({ id }: RequestName, version: string | undefined): { location: string } => ({
  location: `${version === undefined ? '' : '../../'}requests/${id}`,
});

export const shown = (name: RequestName, { expiresAt }: StoredRequest): object => ({
  id: name.id,
  location: pathOf(name),
  expiresAt,
});

export const pending = (status: number, headers: Record<string, string>, body: object): BytesResponse => ({
  status,
  headers: { 'content-type': JSON_TYPE, 'retry-after': POLL_SECONDS, ...headers },
  body: JSON.stringify(body),
});

/** What the client said that it will send, else what it looks like. */
export const typeOf = (request: Pick<BytesRequest, 'header'>): string =>
  request.header('content-type') ??
  (request.header(JSON_LENGTH_HEADER) === undefined ? JSON_TYPE : 'application/octet-stream');

/** A store has a type for what it keeps, and no header of the protocol: the type has to say it. */
export function linkedType({
  'content-type': type = JSON_TYPE,
  [JSON_LENGTH_HEADER]: length,
}: Record<string, string>): string {
  return length === undefined ? type : `${type};${JSON_LENGTH_HEADER}=${length}`;
}
