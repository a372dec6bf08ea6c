import { allocate, DATATYPES, type NumericData } from '../../model/datatypes.ts';
import { numberToHalf } from '../../model/halves.ts';
import { elementCount, type Tensor } from '../../model/tensor.ts';
import { OnnwardError } from '../../errors.ts';
import type { LoadedModel } from '../../ports.ts';
import type { CapturedEvent, CapturedTensor, Cell } from '../capture/captured.ts';

/**
 * Asks a captured request again for a tensor within the graph, of a model that gives it (`loadWithOutput`). Undefined where
 * the request was not captured whole, or the model does not take it.
 */
export async function hiddenOf(
  model: Pick<LoadedModel, 'infer' | 'signature'>,
  tensor: string,
  event: CapturedEvent,
): Promise<Tensor | undefined> {
  const { inputs, outputs } = model.signature;
  const at = outputs.findIndex(({ name }) => name === tensor);
  const captured = inputs.map(({ name }) => event.inputs.find((input) => input.name === name));
  const tensors = captured.map((input) => input && !isRedacted(event, input.name) && tensorOf(input));
  if (at === -1 || !tensors.every((input) => typeof input === 'object')) return undefined;
  try {
    return (await model.infer(tensors))[at];
  } catch (error) {
    // It was refused at first, too; or a machine's trouble, which is none of the row's.
    if (error instanceof OnnwardError && error.kind === 'invalid') return undefined;
    throw error;
  }
}

const isRedacted = ({ redacted = {} }: CapturedEvent, input: string): boolean =>
  Object.keys(redacted).some((field) => field === input || field.startsWith(`${input}[`));

/** As it was asked; undefined where not all of it was kept. */
function tensorOf({ datatype, shape, data }: CapturedTensor): Tensor | undefined {
  if (data?.length !== elementCount(shape)) return undefined;
  const { family } = DATATYPES[datatype];
  if (family === 'text') {
    const texts = data.filter((cell) => cell !== null).map(String);
    return texts.length === data.length ? { datatype, shape, data: texts } : undefined;
  }
  const values = allocate(datatype, data.length) as NumericData;
  for (const [index, cell] of data.entries()) {
    const value = cell === null && family === 'float' ? Number.NaN : numberOf(cell, family === 'bigint');
    if (value === undefined) return undefined;
    values[index] = datatype === 'FP16' ? numberToHalf(value as number) : (value as never);
  }
  return { datatype, shape, data: values };
}

/** What is more than 2^53 is kept as text. */
function numberOf(cell: Cell, big: boolean): number | bigint | undefined {
  if (!big) return typeof cell === 'number' ? cell : undefined;
  return /^-?\d{1,20}$/.test(String(cell)) ? BigInt(cell as number | string) : undefined;
}
