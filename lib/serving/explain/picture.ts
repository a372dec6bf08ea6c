import type { ExplainedOutput } from '#core/explanation/explained-output.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Picture } from '#core/explanation/hiding.ts';
import { evaluationsOf, occlude } from '#core/explanation/occlusion.ts';
import type { ExplainParameters } from '#core/explanation/parameters.ts';
import { DATATYPES } from '#core/model/datatypes.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { type LayoutOptions, layoutOf } from '#core/model/preprocess/image-layout.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Features } from './features.ts';
import type { Scored } from './scores.ts';
import { nameOf } from './shown.ts';

/** Pixels of a side from which on a picture is one of its own accord. */
const LEAST_SIDE = 4;

/**
 * How the only input of a model is a picture, where it is to be explained as one: by `method`, or of its own accord where it
 * has four dimensions, or the manifest says how to make it of a picture. Undefined where it is none.
 */
export function pictureOf(
  { preprocess }: Pick<Manifest, 'preprocess'>,
  { inputs }: Signature,
  features: Features,
  method: ExplainParameters['method'] = 'auto',
): Picture | undefined {
  const [only] = features.inputs;
  const wanted = method === 'occlusion';
  if ((!wanted && method !== 'auto') || !only || inputs.length > 1) return undefined;
  const step = preprocess?.find((each) => each.step === 'image');
  if (DATATYPES[only.spec.datatype].family === 'text' || (!wanted && !step && only.shape.length !== 3))
    return undefined;
  const shape = [-1, ...only.shape];
  const layout = tried({ ...only.spec, shape }, (step ?? {}) as LayoutOptions);
  if (!layout || (!wanted && Math.min(layout.height, layout.width) < LEAST_SIDE)) return undefined;
  const { height, width, channels } = layout;
  return { height, width, channels, planes: layout.layout === 'NCHW' && only.shape.length === 3 };
}

function tried(...given: Parameters<typeof layoutOf>): ReturnType<typeof layoutOf> | undefined {
  try {
    return layoutOf(...given);
  } catch {
    return undefined;
  }
}

interface Pictured {
  readonly row: Float64Array;
  readonly picture: Picture;
  readonly scored: Scored;
  readonly output: ExplainedOutput;
}

/** A heat map for each output. Throws `explain.too_much`. */
export async function explainPicture(
  { row, picture, scored, output }: Pictured,
  parameters: ExplainParameters,
  most: number,
): Promise<object> {
  const { fill = 'mean' } = parameters;
  const count = evaluationsOf(picture, parameters);
  if (count > most) throw tooMuch(picture, count, most);
  const { outputs, ...map } = await occlude(scored.ask, row, picture, parameters);
  const { rows, columns } = map;
  return {
    method: 'occlusion',
    fill,
    ...map,
    // Once more to see which class it is.
    evaluations: map.evaluations + 1,
    outputs: outputs.map(({ prediction, drops }, index) => ({
      ...nameOf(output, scored.scores[index]!),
      prediction,
      heat: Array.from({ length: rows }, (_, line) => Array.from(drops.subarray(line * columns, (line + 1) * columns))),
    })),
  };
}

const tooMuch = ({ width, height }: Picture, count: number, most: number): OnnwardError =>
  new OnnwardError(
    `to hide all of ${width} x ${height} pixels would ask the model ${count} rows, the limit is ${most} for this row`,
    {
      code: 'explain.too_much',
      kind: 'too-large',
      fix: "Raise 'patch', leave 'overlap' out, or explain fewer rows at a time.",
      fields: { count, limit: most },
    },
  );
