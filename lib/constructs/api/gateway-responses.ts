import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/**
 * Every answer that a REST API gives by itself, with the status that AWS has for it; DEFAULT_* are for those that AWS
 * adds, which keep theirs. Source: the API Gateway developer guide, "Gateway response types for API Gateway".
 */
export const GATEWAY_RESPONSES = {
  ACCESS_DENIED: 403,
  API_CONFIGURATION_ERROR: 500,
  AUTHORIZER_CONFIGURATION_ERROR: 500,
  AUTHORIZER_FAILURE: 500,
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: undefined,
  DEFAULT_5XX: undefined,
  EXPIRED_TOKEN: 403,
  INTEGRATION_FAILURE: 504,
  INTEGRATION_TIMEOUT: 504,
  INVALID_API_KEY: 403,
  INVALID_SIGNATURE: 403,
  MISSING_AUTHENTICATION_TOKEN: 403,
  QUOTA_EXCEEDED: 429,
  REQUEST_TOO_LARGE: 413,
  RESOURCE_NOT_FOUND: 404,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED_MEDIA_TYPE: 415,
  WAF_FILTERED: 403,
} as const satisfies Readonly<Record<string, number | undefined>>;

/** Seconds. A quota is a month's, so it is not worth coming again soon. */
const RETRY_AFTER: Readonly<Record<string, string>> = { THROTTLED: '1', INTEGRATION_FAILURE: '1' };

/** The protocol's error object; the message comes with its quotes. */
const TEMPLATES = { 'application/json': '{"error":$context.error.messageString}' };

/** Gives what a REST API answers by itself the protocol's shape; `origin` is the one whose pages may read it, or '*'. */
export function addGatewayResponses(api: RestApi, origin: string | undefined): void {
  for (const [type, status] of Object.entries(GATEWAY_RESPONSES)) {
    const retryAfter = RETRY_AFTER[type];
    const headers = {
      ...(origin && { 'Access-Control-Allow-Origin': origin }),
      ...(retryAfter && { 'Retry-After': retryAfter }),
    };
    api.addGatewayResponse(type, {
      type: ResponseType.of(type),
      templates: TEMPLATES,
      ...(status && { statusCode: String(status) }),
      responseHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`])),
    });
  }
}
