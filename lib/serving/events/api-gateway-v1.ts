import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { corsHeaders, ORIGINS } from '#core/deployment/cors.ts';
import { isTextType, multiHeaders, resultBody } from './body.ts';
import { type EventKind, LAMBDA_RESULT_BYTES } from './kind.ts';
import type { EventHeaders } from './plain.ts';
import { headersOf, toRequest, withoutStage } from './request.ts';

/**
 * REST APIs, and HTTP APIs with payload format 1.0. A REST API passes bytes only where its `binaryMediaTypes` say so.
 * Format: docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export const apiGatewayV1: EventKind<APIGatewayProxyEvent, APIGatewayProxyResult> = {
  name: 'API Gateway',
  maxResultBytes: LAMBDA_RESULT_BYTES,

  toRequest: (event) =>
    toRequest({
      method: event.httpMethod,
      path: apiPath(event),
      query: decodedQuery(event),
      headers: requestHeaders(event),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
    }),

  toResult: async (response, event) => ({
    statusCode: response.status,
    multiValueHeaders: allowOrigin(multiHeaders(response), event),
    ...(await resultBody(response)),
  }),
};

/** An HTTP API tells browsers itself who may call; a REST API leaves it to the function. */
function allowOrigin(headers: Record<string, string[]>, event: APIGatewayProxyEvent): Record<string, string[]> {
  const origin = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'origin')?.[1];
  const added = corsHeaders(process.env[ORIGINS], { method: event.httpMethod, origin });
  for (const [name, value] of Object.entries(added)) headers[name] = [...(headers[name] ?? []), value];
  return headers;
}

/**
 * A custom domain's base path stays in `path`, and nothing in the event names it; but the resource that matched, with its
 * parameters filled in, is the path's end. Where no resource says so (`$default`), a leading stage is taken away.
 */
function apiPath(event: APIGatewayProxyEvent): string {
  const path = event.path.length > 1 ? event.path.replace(/\/$/, '') : event.path;
  const parameters = event.pathParameters ?? {};
  const filled = event.resource.replace(/\{([^}+]+)\+?\}/g, (_, name: string) => parameters[name] ?? '');
  if (path.endsWith(filled)) return filled;
  return withoutStage(path, event.requestContext.stage);
}

/** Values come decoded. The multi-value map holds those of the single one too. */
function decodedQuery(event: APIGatewayProxyEvent): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  return query.toString();
}

/**
 * Where a REST API's `binaryMediaTypes` do not match, it hands base64 to the client as it is. A text that came as base64
 * (JSON, where no type is given) shows that they match everything; without that sign no answer may be compressed.
 */
function requestHeaders(event: APIGatewayProxyEvent): EventHeaders {
  const headers = headersOf(event.multiValueHeaders ?? event.headers ?? {});
  const passesBytes = event.isBase64Encoded && isTextType(headers.get('content-type') ?? 'application/json');
  if (!passesBytes) headers.delete('accept-encoding');
  return headers;
}
