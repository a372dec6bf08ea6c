import type { Metrics } from '#core/ports.ts';
import type { Host } from '../host.ts';
import type { Limits } from '../message.ts';
import { infer } from '../protocols/oip/infer.ts';
import { type EventRequest, type FunctionResponse, responseOf } from './plain.ts';

/** As the short door of a server takes them: names that nothing needs to be decoded in. */
const INFER = /^\/v2\/models\/([A-Za-z0-9._-]+)(?:\/versions\/([A-Za-z0-9._-]+))?\/infer$/;

const NOTHING = new Uint8Array();

/**
 * Answers inference requests without a router and without Node's `fetch`; undefined for every other request. What both
 * ways can answer they answer alike: one contract suite holds them to it.
 */
export const shortDoor =
  (host: Host, limits: Limits) =>
  (request: EventRequest, metrics: Metrics): Promise<FunctionResponse> | undefined => {
    const [, name, version] = (request.method === 'POST' && INFER.exec(new URL(request.url).pathname)) || [];
    // Who prefers something may not want to wait, which is the router's business.
    if (name === undefined || request.headers.get('prefer') !== null) return undefined;
    const header = (field: string): string | undefined => request.headers.get(field) ?? undefined;
    const bytes = { header, body: request.body ?? NOTHING };
    return infer(host, name, version, bytes, limits, metrics).then(responseOf);
  };
