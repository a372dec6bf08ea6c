import { OnnwardError } from '#core/errors.ts';
import { say, styleError } from './output.ts';

/** What the process ends with; documented in docs/reference/cli.md. */
const EXIT = { failure: 1, usage: 2, interrupted: 130 } as const;

/** What goes on, or can be gone on with, by the same command. */
const LEFT = new Set(['batch.interrupted', 'release.interrupted', 'training.interrupted']);

/**
 * The one place where an error meets the user: a sentence, the next step and the stable code on stderr, never a stack
 * (but with ONNWARD_DEBUG=1). Returns the exit code.
 */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = asOnnwardError(error);
  if (json) say(JSON.stringify({ error: failure }));
  else say(describe(failure));
  if (process.env['ONNWARD_DEBUG'] === '1' && error instanceof Error) say(fullStack(error));
  if (LEFT.has(failure.code)) return EXIT.interrupted;
  return /^(usage|config)\./.test(failure.code) ? EXIT.usage : EXIT.failure;
}

function describe(failure: OnnwardError): string {
  const lines = [`${styleError(['red', 'bold'], 'error:')} ${failure.message}`];
  if (failure.fix) lines.push(`  fix:  ${failure.fix}`);
  lines.push(styleError('dim', `  code: ${failure.code}`));
  return lines.join('\n');
}

function asOnnwardError(error: unknown): OnnwardError {
  if (error instanceof OnnwardError) return error;
  const known = systemError(error);
  if (known) return known;
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  return new OnnwardError(`Something that Onnward did not foresee: ${message}`, {
    code: 'internal.unforeseen',
    kind: 'internal',
    fix: 'This is a defect: run it again with ONNWARD_DEBUG=1 and report what it prints.',
    cause: error,
  });
}

const SYSTEM: Readonly<Record<string, { readonly code: string; readonly what: string }>> = {
  ENOENT: { code: 'file.not_found', what: 'does not exist' },
  EACCES: { code: 'file.forbidden', what: 'may not be opened by this user' },
  EPERM: { code: 'file.forbidden', what: 'may not be changed by this user' },
  ENOTDIR: { code: 'file.not_a_folder', what: 'is a file, or lies below one, where a folder is needed' },
  EISDIR: { code: 'file.is_a_folder', what: 'is a folder where a file is needed' },
  ENOSPC: { code: 'file.disk_full', what: 'cannot be written: the disk is full' },
  EROFS: { code: 'file.read_only', what: 'cannot be written: the disk is read-only' },
};

/** A file that the operating system refuses is the user's to mend, whichever part of Onnward met it. */
function systemError(error: unknown): OnnwardError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const known = SYSTEM[String(error.code)];
  if (!known) return undefined;
  const fix = 'Check the path, and what this user may do there.';
  const kind = error.code === 'ENOENT' ? 'not-found' : 'invalid';
  return new OnnwardError(`${String(error.path)} ${known.what}.`, { code: known.code, kind, fix, cause: error });
}

function fullStack(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${fullStack(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
