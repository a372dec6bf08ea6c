import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { resultBody } from './body.ts';
import { type EventKind, LAMBDA_RESULT_BYTES } from './kind.ts';
import { headersOf, toRequest, withoutStage } from './request.ts';

/**
 * HTTP APIs with payload format 2.0, and function URLs, which use the same one with the stage `$default`.
 * `rawPath` begins with a named stage, behind a custom domain too, and never with the domain's mapping key.
 * Format: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const apiGatewayV2: EventKind<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> = {
  name: 'API Gateway',
  maxResultBytes: LAMBDA_RESULT_BYTES,

  toRequest: (event) =>
    toRequest({
      method: event.requestContext.http.method,
      path: withoutStage(event.rawPath, event.requestContext.stage),
      query: event.rawQueryString,
      headers: headersOf(event.headers),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
    }),

  toResult: async (response) => ({
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    ...(await resultBody(response)),
  }),
};
