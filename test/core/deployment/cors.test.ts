import { describe, expect, test } from 'vitest';
import { CORS, corsHeaders } from '#core/deployment/cors.ts';

const page = 'https://app.example.com';
const asked = { method: 'POST', origin: page };

describe('the headers of an answer', () => {
  test('name the page where it is one of those that may', () => {
    expect(corsHeaders(`https://other.example.com ${page}`, asked)).toEqual({
      'access-control-allow-origin': page,
      'access-control-expose-headers':
        'inference-header-content-length, location, preference-applied, retry-after, x-onnward-receipt, x-request-id',
      vary: 'origin',
    });
  });

  test('name no page where all may, so that caches need not tell them apart', () => {
    const headers = corsHeaders('*', asked);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers).not.toHaveProperty('vary');
  });

  test.each([
    ['no origin is allowed', undefined, page],
    ['an empty list', '', page],
    ['another page', 'https://other.example.com', page],
    ['a page that only ends so', 'https://app.example.com', 'https://evil.example/https://app.example.com'],
    ['another scheme', page, 'http://app.example.com'],
    ['another port', page, `${page}:8443`],
    ['a request of no browser', page, undefined],
    ['no origin of a list of all', '*', undefined],
  ])('are none: %s', (_, origins, origin) => {
    expect(corsHeaders(origins, { method: 'POST', origin })).toEqual({});
  });

  test('never let credentials of the browser itself come along', () => {
    expect(Object.keys({ ...corsHeaders('*', asked), ...corsHeaders(page, asked) })).not.toContain(
      'access-control-allow-credentials',
    );
  });
});

test('a browser that asks first hears what it may send', () => {
  expect(corsHeaders(page, { ...asked, method: 'OPTIONS' })).toEqual({
    'access-control-allow-origin': page,
    'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
    'access-control-allow-headers': CORS.requestHeaders.join(', '),
    'access-control-max-age': '3600',
    vary: 'origin',
  });
});

test('headers are named in lower case, each once, in order', () => {
  for (const names of [CORS.requestHeaders, CORS.responseHeaders]) {
    expect([...names]).toEqual([...new Set(names.map((name) => name.toLowerCase()))].toSorted());
  }
});
