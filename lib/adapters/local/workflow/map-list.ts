import { type Context, execute } from './execution.ts';
import type { ListMap, LocalMachine, Machine, TaskFunction } from './machine.ts';

/** Reads the list that the `Parameters` of an `ItemReader` name. */
export type ReadList = (parameters: unknown) => Promise<readonly unknown[]>;

/** What the task in the place of a map gets. */
interface ListTask {
  readonly input: unknown;
  readonly context: Context;
  readonly list: unknown;
  /** 0 is no limit. */
  readonly concurrency: number;
}

export interface MapListOptions {
  readonly readList: ReadList;
  /** Fits the map's processor to this machine. */
  readonly local: (machine: Machine) => LocalMachine;
  readonly signal: AbortSignal;
}

/** As many as a Distributed Map runs at once where nobody says. */
const NO_LIMIT = 10_000;

/** Runs a map over a list, each item an execution of its own. Nothing but the list and the answers is held for all items. */
export function mapList(map: ListMap, { readList, local, signal }: MapListOptions): TaskFunction {
  const child = local(withSelector(map));
  return async (given) => {
    const { input, context, list, concurrency } = given as ListTask;
    const items = await readList(list);
    const results = Array.from<unknown>({ length: items.length });
    const budget = Math.floor((items.length * map.tolerated) / 100);
    let failed = 0;
    await inLanes(items.length, concurrency || NO_LIMIT, async (index) => {
      const of = { ...context, Map: { Item: { Index: index, Value: items[index] } } };
      try {
        results[index] = await execute(child, map.itemSelector === undefined ? items[index] : input, of, signal);
      } catch {
        failed += 1;
      }
      if (signal.aborted || failed > budget) throw new FailedItems(failed, items.length);
    });
    return results;
  };
}

/** The item's input is made by a first state, as the engine makes it in a map. */
function withSelector({ state, processor, itemSelector }: ListMap): Machine {
  if (itemSelector === undefined) return processor;
  const first = `the items of ${state}`;
  const select = { Type: 'Pass', Parameters: itemSelector, Next: processor.StartAt };
  return { ...processor, StartAt: first, States: { [first]: select, ...processor.States } };
}

/** Does `work` for 0 to `count`, so many at a time. Once one has thrown no other is begun, and that is thrown when none is under way. */
async function inLanes(count: number, lanes: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      while (next < count) await work(next++);
    } finally {
      next = count;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(lanes, count) }, lane));
  const failed = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed) throw failed.reason;
}

/** More items have failed than are tolerated, named as Step Functions names it. */
class FailedItems extends Error {
  constructor(failed: number, items: number) {
    super(`${failed} of ${items} items have failed, which is more than is tolerated.`);
    this.name = 'States.ExceedToleratedFailureThreshold';
  }
}
