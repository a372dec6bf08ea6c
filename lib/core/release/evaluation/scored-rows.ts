import type { Tensor } from '../../model/tensor.ts';
import type { LoadedModel } from '../../ports.ts';
import { RowNumbers } from '../../scoring/row-numbers.ts';
import type { BadRow, RowBatch, RowEvent } from '../../scoring/rows.ts';
import { type Locate, scoreRows } from '../../scoring/score.ts';
import { Channel, ChannelClosed } from './channel.ts';

/** Rows that a version has answered, ascending; what it stands on is used again once the next are asked for. */
interface ScoredRows {
  /** Of the rows among all of the shard, from 0. */
  readonly numbers: readonly number[];
  readonly batch: RowBatch;
  readonly outputs: readonly Tensor[];
}

export type ScoredEvent = { readonly scored: ScoredRows } | { readonly bad: BadRow };

/** The rows of a shard as a version answers them, one tensor batch after another. */
export async function* scoredRows(
  rows: AsyncIterable<RowEvent>,
  model: Pick<LoadedModel, 'infer' | 'signature'>,
): AsyncGenerator<ScoredEvent, void, undefined> {
  const channel = new Channel<ScoredEvent>();
  const numbers = new RowNumbers();
  const sink = {
    scored: (batch: RowBatch, outputs: readonly Tensor[]) =>
      channel.send({ scored: { numbers: numbers.take(batch.rows)(), batch, outputs } }),
    bad: (bad: BadRow) => {
      numbers.bad(bad.row);
      return channel.send({ bad });
    },
    end: () => Promise.resolve(channel.end()),
  };
  const scoring = scoreRows(rows, model, sink, unlocated).catch((error: unknown) => {
    if (!(error instanceof ChannelClosed)) channel.fail(error);
  });
  try {
    yield* channel.values();
  } finally {
    await scoring;
  }
}

/** Bad rows are counted, not kept. */
const unlocated: Locate = () => Promise.resolve({ position: -1, bytes: new Uint8Array(), length: 0 });
