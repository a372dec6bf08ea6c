/** A response's body as a result of Lambda carries it. */
export interface ResultBody {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Text stays text; anything else, and what is compressed, travels as base64. */
export async function resultBody(response: Response): Promise<ResultBody> {
  if (isText(response.headers)) return { body: await response.text(), isBase64Encoded: false };
  return { body: Buffer.from(await response.arrayBuffer()).toString('base64'), isBase64Encoded: true };
}

/** Headers by name, each with its list of values. */
export const multiHeaders = (response: Response): Record<string, string[]> =>
  Object.fromEntries([...response.headers].map(([name, value]) => [name, [value]]));

function isText(headers: Headers): boolean {
  const encoding = headers.get('content-encoding') ?? 'identity';
  const type = headers.get('content-type') ?? 'text/plain';
  return encoding === 'identity' && /^text\/|^application\/json\b|\+json\b/.test(type);
}
