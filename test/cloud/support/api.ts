/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; its text where it is none. */
  readonly body: unknown;
}

/** A client of a deployed API, as anybody writes one. */
export class ApiClient {
  readonly url: string;

  /** `url` ends in `/`. */
  constructor(url: string) {
    this.url = url;
  }

  /** What is answered as it comes. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async get(path: string): Promise<Answer> {
    return read(await this.fetch(path));
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const all = { 'content-type': 'application/json', ...headers };
    return read(await this.fetch(path, { method: 'POST', headers: all, body: text }));
  }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
