import * as v from 'valibot';
import { invalid } from '../../errors.ts';
import { fields, flag, named, oneOf, over, switched, text, whole } from '../../fields.ts';

/** How long captured requests are kept, days. */
export const CAPTURE_KEPT_DAYS = 30;

/** They name the request, and so go into answers and logs as they are. */
const NAMES_OF_REQUESTS: readonly string[] = ['x-request-id', 'x-amzn-sagemaker-inference-id'];

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
  subject: v.optional(
    v.pipe(
      text(/^[a-z0-9-]{1,64}$/, 'the name of a header in lower case'),
      v.check((name) => !NAMES_OF_REQUESTS.includes(name), "is to be a header that names nobody's request"),
    ),
  ),
  /** Tensors of more than 4096 elements a row are kept whole, up to a megabyte a request. @default - statistics of them are kept */
  whole: v.optional(flag()),
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
  readonly whole?: boolean | undefined;
}

/** The options of a configuration's field; undefined where nothing is captured. */
export const enabledCapture = (field: CaptureOptions | boolean | undefined): CaptureOptions | undefined =>
  field === true ? {} : field || undefined;

/** The environment of an inference function whose requests are captured. */
export const CAPTURE = {
  /** `1`, or the options as JSON. */
  options: 'ONNWARD_CAPTURE',
  /** The stream of Amazon Data Firehose that takes what is captured. @default - it goes to the store, which is a folder */
  stream: 'ONNWARD_CAPTURE_STREAM',
  /** The store of the keys that sensitive values are hashed with. @default - the one that the model is of */
  store: 'ONNWARD_CAPTURE_STORE',
  /** Seconds after which what waits is sent. @default 60 */
  seconds: 'ONNWARD_CAPTURE_SECONDS',
} as const;

/** Reads the value of `CAPTURE.options`; undefined where there is none. Throws `capture.options`. */
export function parseCaptureOptions(value: string | undefined): CaptureOptions | undefined {
  const options = switched(captureOptions, value, (problem) =>
    invalid('capture.options', `the environment's ${CAPTURE.options} cannot be read: ${problem}`, {
      fix: 'Set it to 1, or to the options as JSON: \'{"percent":10}\'.',
    }),
  );
  return enabledCapture(options);
}
