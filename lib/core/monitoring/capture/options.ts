import * as v from 'valibot';
import { fields, named, oneOf, over, text, whole } from '../../fields.ts';

/** What becomes of a sensitive field before anything of it leaves the process. */
export const REDACTIONS = ['drop', 'hash', 'mask'] as const;
export type Redaction = (typeof REDACTIONS)[number];

const entries = fields({
  /** Percent of the requests. @default 100 */
  percent: v.optional(over(0, 100)),
  /** Requests a second of one process, at most; what comes above is not captured. @default 10 */
  perSecond: v.optional(whole(1, 10_000)),
  /**
   * By input, output, or column of one: 'drop' leaves it out, 'mask' says only that there was something, 'hash' says which
   * are alike. @default - nothing is sensitive
   */
  sensitive: v.optional(v.record(named('a field'), oneOf(REDACTIONS), 'is to be an object of fields')),
  /** The request's header that says whom it is of; only a keyed hash of it is kept, by which it can be forgotten. @default - nobody */
  subject: v.optional(text(/^[a-z0-9-]{1,64}$/, 'the name of a header in lower case')),
});

/** Whether requests and answers are kept, and which. */
export const captureOptions = v.lazy((input): v.GenericSchema<unknown, CaptureOptions | boolean> =>
  typeof input === 'object' && input !== null
    ? (entries as v.GenericSchema<unknown, CaptureOptions>)
    : v.boolean('is to be true or false, or an object'),
);

export interface CaptureOptions {
  readonly percent?: number | undefined;
  readonly perSecond?: number | undefined;
  readonly sensitive?: Readonly<Record<string, Redaction>> | undefined;
  readonly subject?: string | undefined;
}

/** The options of a configuration's field; undefined where nothing is captured. */
export const enabledCapture = (field: CaptureOptions | boolean | undefined): CaptureOptions | undefined =>
  field === true ? {} : field || undefined;
