/** What a page of an allowed origin may send and read, for either kind of API. */
export const CORS = {
  methods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
  /** The protocol's, those of a signed request (SigV4), and an API key's. */
  requestHeaders: [
    'accept',
    'authorization',
    'content-encoding',
    'content-type',
    'inference-header-content-length',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-security-token',
    'x-api-key',
    'x-request-id',
  ],
  /** Beyond what every page may read. */
  responseHeaders: ['inference-header-content-length', 'retry-after', 'x-request-id'],
  /** How long a browser need not ask again. */
  maxAgeSeconds: 3600,
} as const;
