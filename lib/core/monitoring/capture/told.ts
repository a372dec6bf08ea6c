import { DATATYPES } from '../../model/datatypes.ts';
import type { Signature, TensorSpec } from '../../model/signature.ts';
import type { CapturedEvent, CapturedTensor } from './captured.ts';
import { UNTOLD } from './read-side.ts';

/** A table of Model Monitor's own, which tells no tensor, is the model's only input, or its only output. */
export function toldBy(signature: Pick<Signature, 'inputs' | 'outputs'>, event: CapturedEvent): CapturedEvent {
  if (event.version !== 0) return event;
  return {
    ...event,
    inputs: named(event.inputs, UNTOLD.inputs, signature.inputs),
    outputs: named(event.outputs, UNTOLD.outputs, signature.outputs),
  };
}

function named(
  tensors: readonly CapturedTensor[],
  untold: string,
  specs: readonly TensorSpec[],
): readonly CapturedTensor[] {
  const [spec, another] = specs;
  const [table] = tensors;
  if (!spec || another || table?.name !== untold || !table.data) return tensors;
  const { name, datatype } = spec;
  const isText = DATATYPES[datatype].family === 'text';
  const data = isText ? table.data.map((cell) => (cell === null ? null : String(cell))) : table.data;
  return [{ ...table, name, datatype, data }];
}
