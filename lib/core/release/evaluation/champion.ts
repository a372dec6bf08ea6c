import type { LoadedModel } from '../../ports.ts';
import type { RowBatch, RowEvent } from '../../scoring/rows.ts';
import type { AnswerReader, Answers } from './answers.ts';
import { type ScoredEvent, scoredRows } from './scored-rows.ts';

/** What the champion says of rows that the challenger has answered. */
export interface ChampionRows {
  /** `numbers` ascend, over all calls. */
  answer(numbers: readonly number[], batch: RowBatch): Promise<Answers>;
  close(): Promise<void>;
}

type Model = Pick<LoadedModel, 'infer' | 'signature'>;

/** Of a champion that takes the very same tensors. */
export const sameTensors = (model: Model, reader: AnswerReader, classes: number): ChampionRows => ({
  async answer(numbers, batch) {
    const answers = new AnswersInPlace(numbers.length, classes, reader.hasProbabilities);
    for await (const event of scoredRows(lone(batch), model)) {
      if ('scored' in event)
        answers.put(event.scored.numbers, reader.read(event.scored.outputs, event.scored.batch.rows));
    }
    return answers;
  },
  close: () => Promise.resolve(),
});

async function* lone(batch: RowBatch): AsyncGenerator<RowEvent, void, undefined> {
  yield { batch };
}

/** Of one that reads the rows in its own way: both go through the shard side by side, and meet at the rows' numbers. */
export class OwnPass implements ChampionRows {
  readonly #events: AsyncIterator<ScoredEvent>;
  readonly #reader: AnswerReader;
  readonly #classes: number;
  /** Rows that the champion has answered, and that nobody has asked for yet. */
  #ahead: { readonly numbers: readonly number[]; readonly answers: Answers } | undefined;
  #ended = false;

  constructor(rows: AsyncIterable<RowEvent>, model: Model, reader: AnswerReader, classes: number) {
    this.#events = scoredRows(rows, model);
    this.#reader = reader;
    this.#classes = classes;
  }

  async answer(numbers: readonly number[]): Promise<Answers> {
    const answers = new AnswersInPlace(numbers.length, this.#classes, this.#reader.hasProbabilities);
    const last = numbers.at(-1) ?? -1;
    const places = new Map(numbers.map((number, index) => [number, index]));
    for (;;) {
      const ahead = this.#ahead ?? (await this.#next());
      if (!ahead) return answers;
      answers.put(
        ahead.numbers.map((number) => places.get(number) ?? -1),
        ahead.answers,
      );
      this.#ahead = (ahead.numbers.at(-1) as number) > last ? ahead : undefined;
      if (this.#ahead) return answers;
    }
  }

  async close(): Promise<void> {
    await this.#events.return?.();
  }

  async #next() {
    while (!this.#ended) {
      const { value, done } = await this.#events.next();
      if (done) this.#ended = true;
      else if ('scored' in value) {
        const { numbers, batch, outputs } = value.scored;
        return { numbers, answers: this.#reader.read(outputs, batch.rows) };
      }
    }
    return undefined;
  }
}

/** Answers that come in any portions, each row's put at its place; those at -1 are nobody's. */
class AnswersInPlace implements Answers {
  readonly has: Uint8Array;
  readonly predicted: Float64Array;
  readonly probabilities?: Float32Array;
  readonly #classes: number;

  constructor(rows: number, classes: number, hasProbabilities: boolean) {
    this.has = new Uint8Array(rows);
    this.predicted = new Float64Array(rows);
    if (hasProbabilities) this.probabilities = new Float32Array(rows * classes);
    this.#classes = classes;
  }

  put(places: readonly number[], { has, predicted, probabilities }: Answers): void {
    const width = this.#classes;
    for (const [row, place] of places.entries()) {
      if (place < 0) continue;
      this.has[place] = has[row] as number;
      this.predicted[place] = predicted[row] as number;
      if (probabilities) this.probabilities?.set(probabilities.subarray(row * width, (row + 1) * width), place * width);
    }
  }
}
