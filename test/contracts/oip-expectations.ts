import { expect } from 'vitest';
import { jsonRequest, split, type Answer, type DoorRequest, type DoorResponse, type Send } from './oip-client.ts';

/** The limit that a door under this contract must be opened with. */
export const MAX_BODY_BYTES = 1_000_000;

export const infer = (model: string): string => `/v2/models/${model}/infer`;
export const FP32 = infer('identity_fp32');
/** A right request to that model. */
export const iris = jsonRequest('FP32', [1, 4], '[5.1,3.5,1.4,0.2]');

/** A door with what the tests of the contract do with it. */
export interface Door {
  readonly send: Send;
  readonly post: (path: string, body: string | Uint8Array, headers?: DoorRequest['headers']) => Promise<DoorResponse>;
  /** The JSON of an answer that must be 200. */
  readonly get: (path: string) => Promise<unknown>;
}

/** Opens the door when the first test needs it. */
export function doorOf(open: () => Promise<Send>): Door {
  let door: Promise<Send> | undefined;
  const send: Send = async (request) => (await (door ??= open()))(request);
  return {
    send,
    post: (path, body, headers = {}) => send({ method: 'POST', path, body, headers }),
    async get(path) {
      const response = await send({ method: 'GET', path });
      expect(response.status).toBe(200);
      expect(response.headers['content-type']).toMatch(/^application\/json/);
      return JSON.parse(Buffer.from(response.body).toString());
    },
  };
}

/** The parts of an answer that must be 200. */
export function ok(response: DoorResponse): { answer: Answer; text: string; raw: Buffer } {
  expect(response.status, Buffer.from(response.body).toString()).toBe(200);
  return split(response);
}

/** Checks that an answer is exactly the protocol's error. */
export function refused({ status, headers, body }: DoorResponse, expected: number, message: RegExp): void {
  const json = JSON.parse(Buffer.from(body).toString()) as { error: string };
  expect([status, Object.keys(json)]).toEqual([expected, ['error']]);
  expect(json.error).toMatch(message);
  expect(headers['content-type']).toMatch(/^application\/json/);
}
