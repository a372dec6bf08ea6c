import * as v from 'valibot';
import { invalid } from '../errors.ts';
import { fields, flag, listOf, named, oneOf, whole } from '../fields.ts';
import { METHODS } from './explained.ts';

/** Rows that a row is compared with. */
const MOST_BACKGROUND = 1000;

/** Outputs of a row that are explained at once. */
export const MOST_OUTPUTS = 32;

const anything = v.unknown();

const classes = v.lazy((input) =>
  typeof input === 'string'
    ? v.literal('all', "is to be 'all', or a list of classes")
    : v.pipe(
        listOf(
          v.union([v.string(), whole(0, 1_000_000)], 'is to be the name of a class, or its index'),
          'a list of classes',
        ),
        v.maxLength(MOST_OUTPUTS, `is to have ${MOST_OUTPUTS} classes at most`),
      ),
);

const fill = v.union([oneOf(['mean', 'blur']), v.pipe(v.number(), v.finite())], "is to be 'mean', 'blur' or a number");

const parameters = fields({
  /** @default 'auto' */
  method: v.optional(oneOf(['auto', ...METHODS, 'occlusion'])),
  /** Coalitions that kernel and permutation look at. */
  samples: v.optional(whole(2, 1_000_000)),
  seed: v.optional(whole(0, 2 ** 32 - 1)),
  /** Rows, of the same form as the instances. @default - the baseline's */
  background: v.optional(
    v.pipe(
      listOf(anything, 'a list of rows'),
      v.maxLength(MOST_BACKGROUND, `is to have ${MOST_BACKGROUND} rows at most`),
    ),
  ),
  /** The tensor that is explained. */
  output: v.optional(named('the name of an output')),
  /** Classes, or places among several values. @default - the class that the model says; all values */
  outputs: v.optional(classes),
  link: v.optional(oneOf(['identity', 'logit'])),
  /** Only the largest contributions of each output. */
  top: v.optional(whole(1, 1_000_000)),
  patch: v.optional(whole(1, 100_000)),
  overlap: v.optional(flag()),
  fill: v.optional(fill),
});

export interface ExplainParameters {
  readonly method?: (typeof METHODS)[number] | 'auto' | 'occlusion' | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly background?: readonly unknown[] | undefined;
  readonly output?: string | undefined;
  readonly outputs?: 'all' | readonly (string | number)[] | undefined;
  readonly link?: 'identity' | 'logit' | undefined;
  readonly top?: number | undefined;
  readonly patch?: number | undefined;
  readonly overlap?: boolean | undefined;
  readonly fill?: 'mean' | 'blur' | number | undefined;
}

/** Throws `explain.parameters`, which names the field and what it is to be. */
export function parseParameters(value: unknown): ExplainParameters {
  const result = v.safeParse(parameters, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw invalid('explain.parameters', `parameters${path === null ? '' : `.${path}`} ${issue.message}`);
}
