const CONTROL = /\p{Cc}/u;

/**
 * Why `path` cannot name a file within a model's folder, or undefined where it can. The same rule holds for a folder,
 * an object store and a container on every system: relative, `/` between segments, nothing that climbs out.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash; segments are separated by "/"';
  if (CONTROL.test(path)) return 'has a control character';
  const segments = path.split('/');
  if (segments.includes('..')) return 'climbs out of the folder with ".."';
  if (segments.includes('') || segments.includes('.')) return 'has an empty or "." segment';
  return path.length > 512 ? `has ${path.length} characters, more than 512` : undefined;
}
