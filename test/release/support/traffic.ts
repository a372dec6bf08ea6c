import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../repository/sources.ts';
import { inferenceRequest, type Reply } from '../../release-load/client.ts';
import { Load } from '../../release-load/load.ts';

/** An image of the held-out ones, with its digit. */
interface Image {
  readonly pixels: readonly number[];
  readonly digit: number;
}

const images: readonly Image[] = readFileSync(join(root, 'test/fixtures/release/heldout.csv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').slice(0, 65).map(Number))
  .map((cells) => ({ pixels: cells.slice(0, 64), digit: cells[64] as number }));

export interface LiveOptions {
  /** Of the server. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  /** The first pixel of each image, which is 0 in all that a version was judged on. @default 0 */
  readonly border?: number;
  /** The truth of each answer is sent back with its receipt. @default false */
  readonly feedback?: boolean;
}

/** People who send held-out images, one at a time, as fast as they are told. */
export class LiveTraffic {
  readonly #options: LiveOptions;
  readonly #load: Load;
  readonly #truths = new Set<Promise<void>>();
  /** Receipts that were taken. */
  accepted = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { url, rate, border = 0, feedback = false } = options;
    const requests = images.map(({ pixels }) =>
      inferenceRequest('digits', JSON.stringify(questionOf([border, ...pixels.slice(1)]))),
    );
    this.#load = new Load({
      url,
      rate,
      request: (number) => requests[number % requests.length] as Buffer,
      ...(feedback && { onReply: (reply, number) => this.#tell(reply, images[number % images.length] as Image) }),
    });
  }

  /** Those that are answered by now. */
  get answers() {
    return this.#load.answers;
  }

  async stop() {
    const answers = await this.#load.stop();
    await Promise.all(this.#truths);
    return answers;
  }

  #tell({ head }: Reply, { digit }: Image): void {
    const receipt = /^x-onnward-receipt: (\S+)/im.exec(head)?.[1];
    if (receipt === undefined) return;
    const told = this.#send(receipt, digit).finally(() => this.#truths.delete(told));
    this.#truths.add(told);
  }

  async #send(receipt: string, truth: number): Promise<void> {
    const url = `${this.#options.url}/v2/models/digits/feedback`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ receipt, truth }) });
    const { accepted } = (await response.json()) as { accepted: number };
    this.accepted += accepted;
  }
}

const questionOf = (data: readonly number[]): object => ({
  inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64], data }],
  outputs: [{ name: 'label' }],
});
