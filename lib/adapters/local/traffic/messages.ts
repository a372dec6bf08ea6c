import { OnnwardError, type ErrorKind } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadOptions } from '#core/ports.ts';

/** What a server and the process of a challenger tell each other. */

/** What it takes to open a version; the first message to the process. */
export interface OpenMessage {
  readonly kind: 'open';
  readonly manifest: Manifest;
  /** URL of the store. */
  readonly store: string;
  readonly cacheFolder: string;
  /** What the configuration says of serving. @default - nothing */
  readonly serving?: LoadOptions;
}

export interface AskMessage {
  readonly kind: 'ask';
  readonly id: number;
  readonly inputs: readonly Tensor[];
  /** @default - the model's own */
  readonly deadlineMs?: number;
}

export type ToProcess = OpenMessage | AskMessage;

/** `heldMs`: from when the process has read the question, as a server times its requests, to its answer. */
export type FromProcess =
  | { readonly kind: 'opened'; readonly signature: Signature }
  | { readonly kind: 'refused'; readonly error: ToldError }
  | { readonly kind: 'answer'; readonly id: number; readonly outputs: readonly Tensor[]; readonly heldMs: number }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ToldError; readonly heldMs: number };

/** An error, as far as another process has to know it. */
export interface ToldError {
  readonly message: string;
  /** @default - none of ours */
  readonly code?: string;
  readonly kind?: ErrorKind;
  readonly fix?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export function told(error: unknown): ToldError {
  if (!(error instanceof OnnwardError)) return { message: error instanceof Error ? error.message : String(error) };
  const { message, code, kind, fix, fields } = error;
  return { message, code, kind, ...(fix !== undefined && { fix }), fields };
}

/** The error again; what was none of ours is one that tells a client nothing. */
export function heard({ message, code, kind, fix, fields }: ToldError): Error {
  if (code === undefined || kind === undefined) return new Error(message);
  return new OnnwardError(message, { code, kind, ...(fix !== undefined && { fix }), ...(fields && { fields }) });
}
