/** What went wrong, in the terms of the one who asked; each world (HTTP, command line, Lambda) maps these to its own codes. */
export type ErrorKind =
  | 'invalid'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'too-large'
  | 'unsupported-type'
  | 'overloaded'
  | 'unavailable'
  | 'deadline'
  | 'corrupt'
  | 'internal';

export interface OnnwardErrorOptions {
  /** Stable and documented, `area.what`: scripts may compare it. */
  readonly code: string;
  readonly kind: ErrorKind;
  /** The next thing to try, one sentence. @default - the message says it all */
  readonly fix?: string;
  /** The values that the message speaks of, for machines. Never a payload. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one base class of everything that Onnward refuses: what is wrong, the value, the limit, and what to do. */
export class OnnwardError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly fix: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(message: string, options: OnnwardErrorOptions) {
    super(message, { cause: options.cause });
    this.name = 'OnnwardError';
    this.code = options.code;
    this.kind = options.kind;
    this.fix = options.fix;
    this.fields = options.fields ?? {};
  }

  toJSON(): { code: string; message: string; fix?: string; fields: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, ...(this.fix && { fix: this.fix }), fields: this.fields };
  }
}

/** Bad input: the commonest refusal, with a shorthand. */
export const invalid = (code: string, message: string, options: Partial<OnnwardErrorOptions> = {}): OnnwardError =>
  new OnnwardError(message, { ...options, code, kind: 'invalid' });
