import { invalid } from '#core/errors.ts';
import { type Ask, inLogOdds } from '#core/explanation/ask.ts';
import { type ExplainedOutput, placesOf } from '#core/explanation/explained-output.ts';
import type { ExplainParameters } from '#core/explanation/parameters.ts';
import { halfToNumber } from '#core/model/halves.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Asking } from './asking.ts';
import type { Codec } from './codec.ts';

/** One number of a row that is explained. */
export interface Score {
  /** Among the values that the output has of a row. */
  readonly place: number;
  /** What a model says that only names a class. */
  readonly says?: string | number;
}

/** The numbers that are explained of one row, and a model that gives just those. */
export interface Scored {
  readonly scores: readonly Score[];
  readonly ask: Ask;
}

type Read = (tensor: Tensor, rows: number) => ArrayLike<number>;

/** Asks once, for what the model says of the row: its class. Throws `explain.output`, `explain.no_rows`. */
export async function scoredOf(
  asking: Asking,
  codec: Codec,
  row: Float64Array,
  output: ExplainedOutput,
  { outputs: asked, link }: ExplainParameters,
): Promise<Scored> {
  const own = await answerOf(asking, codec, row, output);
  if (output.kind === 'indicator') {
    const said = plain(own.data[0] as string | number | bigint);
    const isSaid: Read = ({ data }) =>
      Array.from(data as readonly unknown[], (each) => (plain(each as string) === said ? 1 : 0));
    return { scores: [{ place: 0, says: said }], ask: askFor(asking, codec, output, 1, isSaid) };
  }
  const values = numbersOf(own);
  const places = placesOf(output, values, asked);
  const read: Read = (tensor, rows) => {
    const all = numbersOf(tensor);
    const size = all.length / rows;
    const chosen = new Float64Array(rows * places.length);
    for (let row = 0, at = 0; row < rows; row++)
      for (const place of places) chosen[at++] = all[row * size + place] as number;
    return chosen;
  };
  const ask = askFor(asking, codec, output, places.length, read);
  if (link === 'logit' && Array.from(values).some((value) => !(value >= 0 && value <= 1))) throw noProbability(output);
  return { scores: places.map((place) => ({ place })), ask: link === 'logit' ? inLogOdds(ask) : ask };
}

const plain = (value: string | number | bigint): string | number =>
  typeof value === 'bigint' ? (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)) : value;

const noProbability = ({ spec }: ExplainedOutput) =>
  invalid('explain.output', `output "${spec.name}" is no probability, so it has no log odds`, {
    fix: 'Leave "link" out.',
  });

async function answerOf(asking: Asking, codec: Codec, row: Float64Array, output: ExplainedOutput): Promise<Tensor> {
  let own: Tensor | undefined;
  const tensors = () => codec.tensors({ data: row, count: 1 });
  await asking.ask(1, tensors, (outputs, _start, rows) => (own = ofRows(outputs, output, rows)));
  return own as Tensor;
}

/** Of a model that was given more rows, as it takes no fewer, the first. */
function ofRows(outputs: readonly Tensor[], { slot, spec }: ExplainedOutput, rows: number): Tensor {
  const { datatype, shape, data } = outputs[slot] as Tensor;
  const [all = 0, ...rest] = shape;
  if (all < rows || data.length === 0) {
    throw invalid(
      'explain.no_rows',
      `output "${spec.name}" has ${all} rows of ${rows}, so no row can be explained by itself`,
      {
        fix: "Name another one in 'output', or export the model with a first dimension of rows for each output.",
      },
    );
  }
  const length = (data.length / all) * rows;
  return { datatype, shape: [rows, ...rest], data: all === rows ? data : data.slice(0, length) };
}

const askFor =
  (asking: Asking, codec: Codec, output: ExplainedOutput, width: number, read: Read): Ask =>
  async (data, count) => {
    const size = data.length / count;
    const answers = new Float64Array(count * width);
    await asking.ask(
      count,
      (start, rows) => codec.tensors({ data: data.subarray(start * size, (start + rows) * size), count: rows }),
      (outputs, start, rows) => answers.set(read(ofRows(outputs, output, rows), rows), start * width),
    );
    return answers;
  };

function numbersOf({ datatype, data }: Tensor): ArrayLike<number> {
  return datatype === 'FP16' ? Float64Array.from(data as Uint16Array, halfToNumber) : (data as Float64Array);
}
