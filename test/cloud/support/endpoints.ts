import type { EmulatedAws } from './emulated-aws.ts';

/**
 * Where the emulator answers for an API that the stacks' outputs call `https://ID.execute-api.REGION.amazonaws.com/STAGE`.
 * An HTTP API has the stage `$default`, which its address leaves out. Ends in `/`.
 */
export function emulatedUrl(aws: EmulatedAws, url: string): string {
  const { hostname, pathname } = new URL(url);
  const [api] = hostname.split('.');
  const stage = pathname.split('/')[1];
  return stage
    ? `${aws.endpoint}/restapis/${api}/${stage}/_user_request_/`
    : `${aws.endpoint}/_aws/execute-api/${api}/$default/`;
}
