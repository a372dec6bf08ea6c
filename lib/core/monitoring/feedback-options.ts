import * as v from 'valibot';
import { DURATION, secondsOf } from '../duration.ts';
import { invalid } from '../errors.ts';
import { fields, named, over, switched, text } from '../fields.ts';

/** How long what was counted is kept, days: longer than the oldest receipt is taken, so that none counts twice. */
export const FEEDBACK_KEPT_DAYS = 91;

const LONGEST_SECONDS = (FEEDBACK_KEPT_DAYS - 1) * 86_400;
const expiry = "a time, '90d' at most";

const entries = fields({
  /** The output that is the prediction. @default - the one with class names, else the first with a class or a value a row */
  output: v.optional(named('an output')),
  /** How far a value may be from the truth and still be right. @default - a regression's answers are never right or wrong */
  tolerance: v.optional(over(0, Number.MAX_VALUE)),
  /** How long a receipt is taken. @default '7d' */
  expires: v.optional(
    v.pipe(
      text(DURATION, expiry),
      v.check((value) => DURATION.test(value) && secondsOf(value) <= LONGEST_SECONDS, `is to be ${expiry}`),
    ),
  ),
});

/** Whether answers carry receipts, and how what comes back for them counts. */
export const feedbackOptions = v.lazy((input): v.GenericSchema<unknown, FeedbackOptions | boolean> =>
  typeof input === 'object' && input !== null
    ? (entries as v.GenericSchema<unknown, FeedbackOptions>)
    : v.boolean('is to be true or false, or an object'),
);

export interface FeedbackOptions {
  readonly output?: string | undefined;
  readonly tolerance?: number | undefined;
  readonly expires?: string | undefined;
}

/** The environment of an inference function whose answers carry receipts. */
export const FEEDBACK = {
  /** `1`, or the options as JSON. */
  options: 'ONNWARD_FEEDBACK',
  /** The store of keys and of what comes back. @default - the one that the model is of */
  store: 'ONNWARD_FEEDBACK_STORE',
} as const;

/** The options of a configuration's field; undefined where feedback is off. */
export const enabledFeedback = (field: FeedbackOptions | boolean | undefined): FeedbackOptions | undefined =>
  field === true ? {} : field || undefined;

/** Milliseconds for which a receipt is taken. */
export const maxAgeMsOf = ({ expires = '7d' }: FeedbackOptions): number => secondsOf(expires) * 1000;

/** Reads the value of `FEEDBACK.options`; undefined where there is none. Throws `feedback.options`. */
export function parseFeedbackOptions(value: string | undefined): FeedbackOptions | undefined {
  const options = switched(feedbackOptions, value, (problem) =>
    invalid('feedback.options', `the environment's ${FEEDBACK.options} cannot be read: ${problem}`, {
      fix: 'Set it to 1, or to the options as JSON: \'{"expires":"30d"}\'.',
    }),
  );
  return enabledFeedback(options);
}
