import * as v from 'valibot';
import { invalid } from '../errors.ts';
import type { Image } from './image.ts';
import type { Manifest } from './manifest.ts';
import { imageOptions, imageTensor } from './preprocess/image.ts';
import type { Signature } from './signature.ts';
import type { NamedTensor } from './tensor.ts';

type Step = NonNullable<Manifest['preprocess']>[number];

type Apply = (step: Step, image: Image, signature: Signature) => NamedTensor;

/** The steps by name: one file each, with the schema of its options and what it does. */
const STEPS = new Map<string, Apply>([
  ['image', (step, image, signature) => imageTensor(image, checked(imageOptions, step), signature)],
]);

/**
 * Turns a user's picture into an input of the model, as the manifest's `preprocess` says; without it, as the signature
 * itself tells. Throws `preprocess.unknown`, `preprocess.step`, `preprocess.input`, `preprocess.shape`.
 */
export function preprocess(
  image: Image,
  { signature, preprocess }: { readonly signature: Signature; readonly preprocess?: readonly Step[] | undefined },
): NamedTensor {
  const [step, ...more] = preprocess ?? [{ step: 'image' }];
  if (!step || more.length > 0)
    throw invalid('preprocess.unknown', `one preprocess step is known, not ${more.length + 1}`);
  const known = STEPS.get(step.step);
  if (!known) {
    throw invalid(
      'preprocess.unknown',
      `preprocess step "${step.step}" is unknown; known: ${[...STEPS.keys()].join(', ')}`,
    );
  }
  return known(step, image, signature);
}

function checked<T>(schema: v.GenericSchema<unknown, T>, step: Step): T {
  const result = v.safeParse(schema, step, { abortEarly: true });
  if (result.success) return result.output;
  const [{ path, expected, received }] = result.issues;
  const field = path?.map(({ key }) => String(key)).join('.') ?? '';
  throw invalid('preprocess.step', `preprocess step "${step.step}": ${field} is ${received}, not ${expected}`, {
    fields: { step: step.step, field },
  });
}
