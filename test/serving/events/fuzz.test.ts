import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createResponder } from '#serving/events/respond.ts';
import { GATEWAYS } from '../../functions/inference/gateways.ts';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };
const handler = createResponder({
  model: 'digits',
  serve: async () => async (request) =>
    Response.json({ path: new URL(request.url).pathname, size: (await request.bytes()).length }),
});

const log = vi.spyOn(console, 'error');
beforeEach(() => void log.mockReturnValue());
afterEach(() => expect(log).not.toHaveBeenCalled());

/** Neither an exception nor a 5xx, and what Lambda can write down. */
async function expectAnswer(event: unknown): Promise<void> {
  const result = JSON.parse(JSON.stringify(await handler(event, context))) as { statusCode?: number };
  expect(result.statusCode ?? 200).toBeLessThan(500);
}

test('any payload gets an answer', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), expectAnswer), { numRuns: 500 });
});

test('any event with one field that is something else gets an answer', async () => {
  const request = {
    method: 'POST',
    path: '/v2/models/digits/infer?a=1',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  };
  const changed = fc
    .constantFrom(...GATEWAYS)
    .map((gateway) => gateway.event(request) as Record<string, unknown>)
    .chain((event) =>
      fc.record({ event: fc.constant(event), field: fc.constantFrom(...Object.keys(event)), value: fc.jsonValue() }),
    );
  const property = fc.asyncProperty(changed, ({ event, field, value }) => expectAnswer({ ...event, [field]: value }));
  await fc.assert(property, { numRuns: 1000 });
});

test('any path, query, header and body arrive, or are refused', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'),
    path: fc.webPath().map((path) => path || '/'),
    headers: fc.dictionary(fc.constantFrom('accept', 'x-request-id', 'content-type', 'x-any'), text),
    body: fc.oneof(text, fc.uint8Array({ maxLength: 64 })),
  });
  const property = fc.asyncProperty(fc.constantFrom(...GATEWAYS), requests, (gateway, request) =>
    expectAnswer(gateway.event(request)),
  );
  await fc.assert(property, { numRuns: 1000 });
});

test.each(['{"inputs":', '{"requestContext":{"x":'])(
  'a payload that nests a hundred thousand deep is refused: %s',
  async (opening) => {
    const depth = 100_000;
    const closing = opening.includes('Context') ? '}}' : '}';
    await expectAnswer(JSON.parse(`${opening}${'['.repeat(depth)}${']'.repeat(depth)}${closing}`));
  },
);
