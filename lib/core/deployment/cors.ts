/** What a page of an allowed origin may send and read. */
export const CORS = {
  methods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
  /** The protocol's, those of a signed request (SigV4), and an API key's. */
  requestHeaders: [
    'accept',
    'authorization',
    'content-encoding',
    'content-type',
    'inference-header-content-length',
    'prefer',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-security-token',
    'x-api-key',
    'x-request-id',
  ],
  /** Beyond what every page may read. */
  responseHeaders: [
    'inference-header-content-length',
    'location',
    'preference-applied',
    'retry-after',
    'x-onnward-receipt',
    'x-request-id',
  ],
  /** How long a browser need not ask again. */
  maxAgeSeconds: 3600,
} as const;

/** The environment of a function behind a REST API: the allowed origins, with spaces between them. */
export const ORIGINS = 'ONNWARD_ORIGINS';

/** What a function is asked, as far as a browser's rules go. */
export interface CrossOrigin {
  readonly method: string;
  /** The page's. */
  readonly origin: string | undefined;
}

/** The headers of an answer where API Gateway leaves them to the function; none where the origin is not allowed. */
export function corsHeaders(origins: string | undefined, { method, origin }: CrossOrigin): Record<string, string> {
  const allowed = origins?.split(' ') ?? [];
  const isAny = allowed.includes('*');
  if (origin === undefined || !(isAny || allowed.includes(origin))) return {};
  const common = { 'access-control-allow-origin': isAny ? '*' : origin, ...(!isAny && { vary: 'origin' }) };
  if (method !== 'OPTIONS') return { ...common, 'access-control-expose-headers': CORS.responseHeaders.join(', ') };
  return {
    ...common,
    'access-control-allow-methods': CORS.methods.join(', '),
    'access-control-allow-headers': CORS.requestHeaders.join(', '),
    'access-control-max-age': String(CORS.maxAgeSeconds),
  };
}
