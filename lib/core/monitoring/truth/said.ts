import type { Tensor } from '../../model/tensor.ts';
import type { CapturedEvent, CapturedTensor, Cell } from '../capture/captured.ts';
import { HASH_PREFIX } from '../capture/keys.ts';
import { type PredictionReader, type Predicting, predictionReader } from '../prediction.ts';
import type { Prediction } from '../receipts.ts';

/** Reads of a captured event what was said of each row; undefined where that was not captured, or is redacted. */
export type SaidReader = (event: CapturedEvent) => readonly (Prediction | undefined)[];

/** Undefined where no output of the version is known to say one thing of a row. */
export function saidReader(predicting: Predicting): SaidReader | undefined {
  const read = predictionReader(predicting);
  if (!read) return undefined;
  return (event) => {
    const outputs = predicting.outputs.map(({ name }) => event.outputs.find((output) => output.name === name));
    return Array.from({ length: event.rows }, (_, row) => saidOf(read, outputs, row, event.rows));
  };
}

function saidOf(
  read: PredictionReader,
  outputs: readonly (CapturedTensor | undefined)[],
  row: number,
  rows: number,
): Prediction | undefined {
  const text = read(outputs.map((output) => rowOf(output, row, rows)));
  return text === undefined ? undefined : (JSON.parse(text) as Prediction);
}

/** One row as the engine would have given it alone. Nothing of it, where it was not captured. */
function rowOf(output: CapturedTensor | undefined, row: number, rows: number): Tensor {
  const { name = '', datatype = 'FP32', shape = [], data = [] } = output ?? {};
  const width = data.length / rows;
  const cells = data.slice(row * width, (row + 1) * width);
  const isText = datatype === 'BYTES';
  return {
    name,
    // Halves were captured as the numbers that they are.
    datatype: datatype === 'FP16' ? 'FP32' : datatype,
    shape: [1, ...shape.slice(1)],
    data: isText ? cells.filter(isPlain) : Float64Array.from(cells, numberOf),
  } as unknown as Tensor;
}

/** Not missing, and not the hash of something. */
const isPlain = (cell: Cell): boolean => typeof cell === 'string' && !cell.startsWith(HASH_PREFIX);
const numberOf = (cell: Cell): number => (typeof cell === 'number' ? cell : Number.NaN);
