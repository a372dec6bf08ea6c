import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { invalid, type OnnwardError } from '#core/errors.ts';
import { codeOf } from '../folder-errors.ts';

export interface Python {
  /** Absolute path. */
  readonly path: string;
  /** Tells it from all others that packages are installed for: implementation, version and platform. */
  readonly identity: string;
}

const COMMAND = 'python3';
const TELL = `import ensurepip, sys, sysconfig, venv
print(sys.executable)
print(sys.implementation.name, sys.version.replace(chr(10), ' '), sysconfig.get_platform(), sys.base_prefix)`;
const LIMIT_MS = 30_000;

/** The Python that a person has in `folder`. Throws `training.no_python`: there is none, or it makes no virtual environments. */
export async function findPython(folder: string): Promise<Python> {
  try {
    const { stdout } = await promisify(execFile)(COMMAND, ['-c', TELL], { cwd: folder, timeout: LIMIT_MS });
    const [path = '', identity = ''] = stdout.split('\n');
    return { path, identity };
  } catch (error) {
    throw noPython(whyOf(error));
  }
}

function whyOf(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return `there is no ${COMMAND} on the PATH`;
  const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
  const [, module] = /No module named '([\w.]+)'/.exec(stderr) ?? [];
  if (module !== undefined) return `${COMMAND} lacks the module ${module}`;
  return `${COMMAND} says: ${stderr.trim().split('\n').at(-1) || message}`;
}

const noPython = (why: string): OnnwardError =>
  invalid('training.no_python', `The trainer needs Python 3 with virtual environments: ${why}.`, {
    fix: 'Install it (Debian and Ubuntu: `apt install python3 python3-venv`; macOS: `brew install python`), or name an image.',
  });
