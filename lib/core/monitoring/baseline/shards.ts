import type { RowLayout } from '../../scoring/layout.ts';
import type { Source } from '../../scoring/format.ts';
import type { ShardPart } from '../../scoring/shard.ts';

/** One part of a baseline's rows. */
export interface BaselineShard {
  readonly source: Source;
  readonly layout: RowLayout;
  readonly part: ShardPart;
}

/**
 * Which of so many shards are read, the first always: all of them, or some that lie all over the rows. How far apart they
 * are is found out again behind each: `room` says how many more there is time or need for.
 */
export function* spread(count: number, room: () => number): Generator<number> {
  for (let at = 0; at < count;) {
    yield at;
    const left = count - at - 1;
    const more = room();
    if (more < 1) return;
    at += Math.max(1, Math.ceil(left / more));
  }
}
