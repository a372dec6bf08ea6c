import { type ModelDescription, parseMetadata } from '#core/model/metadata.ts';
import type { Reference } from '#core/model/reference.ts';
import type { Send } from './endpoint.ts';
import { refusalOf } from './refusal.ts';

/** A model behind an API. Its calls throw `remote.*`. */
export class RemoteModel {
  readonly #send: Send;
  readonly #path: string;

  constructor(send: Send, { name, alias, version }: Reference) {
    const chosen = version ?? alias;
    this.#send = send;
    this.#path = `/v2/models/${name}${chosen === undefined || chosen === 'live' ? '' : `/versions/${chosen}`}`;
  }

  async describe(): Promise<ModelDescription> {
    return parseMetadata(await this.#ask(this.#path));
  }

  /** `body` is a request of the Open Inference Protocol, and so is the answer its response: JSON. */
  infer(body: string): Promise<string> {
    return this.#ask(`${this.#path}/infer`, body);
  }

  /** `body` and the answer are those of `:explain`, JSON. */
  explain(body: string): Promise<string> {
    return this.#ask(`${this.#path}/explain`, body);
  }

  async #ask(path: string, body?: string): Promise<string> {
    const { status, text, url } = await this.#send(path, body);
    if (status < 200 || status > 299) throw refusalOf(status, text, url);
    return text;
  }
}
