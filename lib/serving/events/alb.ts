import type { ALBEvent, ALBResult } from 'aws-lambda';
import { multiHeaders, resultBody } from './body.ts';
import type { EventKind } from './kind.ts';
import { headersOf, toRequest } from './request.ts';

/**
 * Application Load Balancers. With the target group's multi-value headers on, an event has only the multi-value maps, and
 * a result must have them too. Paths and query strings come as the client encoded them; the result's limit is 1 MB.
 * Format: docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export const loadBalancer: EventKind<ALBEvent, ALBResult> = {
  name: 'a load balancer',
  maxResultBytes: 1_048_576,

  toRequest: (event) =>
    toRequest({
      method: event.httpMethod,
      path: event.path,
      query: encodedQuery(event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {}),
      headers: headersOf(event.multiValueHeaders ?? event.headers ?? {}),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
    }),

  toResult: async (response, event) => ({
    statusCode: response.status,
    statusDescription: `${response.status} ${reasonOf(response.status)}`,
    ...(event.multiValueHeaders
      ? { multiValueHeaders: multiHeaders(response) }
      : { headers: Object.fromEntries(response.headers) }),
    ...(await resultBody(response)),
  }),
};

/** Not by `import`, which reads all that the module exports, and so loads `fetch`: 25 ms of a cold start. */
const reasonOf = (status: number): string => process.getBuiltinModule('node:http').STATUS_CODES[status] ?? 'Unknown';

const encodedQuery = (values: Readonly<Record<string, string | string[] | undefined>>): string =>
  Object.entries(values)
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}=${one}`))
    .join('&');
