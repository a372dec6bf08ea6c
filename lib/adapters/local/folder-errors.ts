import { OnnwardError } from '#core/errors.ts';

type SystemError = Error & { readonly code?: string };

/** Whether the error of a file operation says that there is nothing of that name. */
export const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

export const codeOf = (error: unknown): string | undefined => (error as SystemError | undefined)?.code;

/** Says what the system refused, in terms of the store's folder. What is not from the file system passes as it is. */
export function folderError(folder: string, access: 'read' | 'write', error: unknown): unknown {
  const reason = codeOf(error);
  if (error instanceof OnnwardError || reason === undefined || !(error as { syscall?: string }).syscall) return error;
  const { what, fix } = REASONS[reason] ?? { what: (error as Error).message, fix: `Look at ${folder}.` };
  const { code, done } = ACCESS[access];
  return new OnnwardError(`The store in ${folder} cannot be ${done}: ${what}.`, {
    code,
    kind: 'unavailable',
    fix: fix.replace('ACCESS', access).replace('FOLDER', folder),
    fields: { folder, permission: access, reason },
    cause: error,
  });
}

const ACCESS = {
  read: { code: 'store.unreadable', done: 'read' },
  write: { code: 'store.unwritable', done: 'written' },
};

const permission = {
  what: 'this user has no permission',
  fix: 'Give this user the permission to ACCESS FOLDER and all in it, or name another folder with --store file:DIR.',
};

const REASONS: Readonly<Record<string, { readonly what: string; readonly fix: string }>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: { what: 'it is on a read-only file system', fix: 'Name another folder with --store file:DIR.' },
  ENOSPC: { what: 'the disk is full', fix: 'Make room on the disk of FOLDER.' },
  EDQUOT: { what: 'the disk quota is used up', fix: 'Make room on the disk of FOLDER.' },
  ENOTDIR: { what: 'it is not a folder', fix: 'Name a folder with --store file:DIR.' },
  EXDEV: { what: 'a part of it is on another file system', fix: 'Keep all of FOLDER on one file system.' },
};
