import { DATATYPES } from '#core/model/datatypes.ts';
import { concatenateRows, copyElements, elementCount, type Tensor } from '#core/model/tensor.ts';
import { mergedShape } from './batch.ts';

/** The largest element: where every typed array may start, bytes. */
const WORD = 8;

/** Memory above this is not kept for the next run, bytes. */
const KEPT = 32 * 1024 * 1024;

/**
 * The inputs of one worker's runs, in memory that both threads see: the requests of a batch are copied there once, and
 * nothing is allocated, moved or collected from run to run. (Fresh memory for each batch made garbage collection a
 * quarter of the main thread's work with inputs of 200 KB.)
 */
export class SharedInputs {
  #memory = new SharedArrayBuffer(0);

  /** The inputs of a batch of requests as those of one run; valid until the next call. */
  merge(batch: readonly (readonly Tensor[])[]): Tensor[] {
    const [first = []] = batch;
    const slots = first.map((_, slot) => batch.map((inputs) => inputs[slot] as Tensor));
    const memory = this.#room(slots.reduce((sum, parts) => sum + bytesOf(parts), 0));
    let at = 0;
    return slots.map((parts) => {
      const start = at;
      at += bytesOf(parts);
      return place(parts, memory, start);
    });
  }

  #room(bytes: number): SharedArrayBuffer {
    if (bytes <= this.#memory.byteLength) return this.#memory;
    const memory = new SharedArrayBuffer(bytes);
    if (bytes <= KEPT) this.#memory = memory;
    return memory;
  }
}

/** Rounded up, so that what comes behind is aligned; text is not kept in memory of ours. */
function bytesOf(parts: readonly Tensor[]): number {
  const { size } = DATATYPES[(parts[0] as Tensor).datatype];
  const bytes = parts.reduce((sum, { shape }) => sum + elementCount(shape) * size, 0);
  return Math.ceil(bytes / WORD) * WORD;
}

function place(parts: readonly Tensor[], memory: SharedArrayBuffer, start: number): Tensor {
  const { datatype } = parts[0] as Tensor;
  const { array: Typed } = DATATYPES[datatype];
  if (!Typed) return concatenateRows(parts);
  const shape = mergedShape(parts);
  const data = new Typed(memory, start, elementCount(shape));
  copyElements(parts, data);
  return { datatype, shape, data };
}
