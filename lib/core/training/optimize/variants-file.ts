import * as v from 'valibot';
import { OnnwardError } from '../../errors.ts';
import type { LeftFile } from '../documents.ts';

/** What the optimizer writes beside the variants. */
export const VARIANTS_FILE = 'variants.json';

const text = v.pipe(v.string(), v.nonEmpty());
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Loose: what is said besides is for people who look into the file. */
const schema = v.looseObject({
  format: v.literal(1),
  original: v.looseObject({ bytes, gzip_bytes: bytes }),
  variants: v.array(
    v.looseObject({
      name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/)),
      method: text,
      path: text,
      gzip_bytes: bytes,
      note: v.optional(v.string()),
      settings: v.optional(v.record(v.string(), v.unknown())),
    }),
  ),
  left_out: v.array(v.looseObject({ method: text, reason: text })),
});

type VariantsFile = v.InferOutput<typeof schema>;
type VariantEntry = VariantsFile['variants'][number];

/** A variant with the files of its folder, as they lie in the store. */
export interface LeftVariant extends VariantEntry {
  /** Paths with the folder. */
  readonly files: readonly LeftFile[];
}

/** The same, with the files of each variant. */
export interface LeftVariants extends Pick<VariantsFile, 'original' | 'left_out'> {
  readonly variants: readonly LeftVariant[];
}

/** Throws `training.no_variant` where it is none, or names a graph that was not left. */
export function parseVariants(training: string, content: string | undefined, left: readonly LeftFile[]): LeftVariants {
  const result = v.safeParse(schema, parsed(content), { abortEarly: true });
  if (!result.success) throw unreadable(training, v.getDotPath(result.issues[0]) ?? 'the top');
  const { variants, original, left_out } = result.output;
  return {
    original,
    left_out,
    variants: variants.map((variant) => {
      const files = left.filter(({ path }) => path.startsWith(`${variant.name}/`));
      if (!files.some(({ path }) => path === variant.path)) throw unreadable(training, variant.path);
      return { ...variant, files };
    }),
  };
}

function parsed(content: string | undefined): unknown {
  try {
    return JSON.parse(content ?? '');
  } catch {
    return undefined;
  }
}

const unreadable = (training: string, where: string): OnnwardError =>
  new OnnwardError(`${training} has left no variants that can be read: ${VARIANTS_FILE} is not right at ${where}.`, {
    code: 'training.no_variant',
    kind: 'invalid',
    fix: 'Run it again: what makes variants writes it last.',
    fields: { training, where },
  });
