import { readdir, readFile } from 'node:fs/promises';

/**
 * Ends what trainers have started in `folder` and that has left their process group, as some launchers of workers do. It
 * is known by its environment, which has the folder; where the system does not show that (macOS), nothing is done.
 */
export async function killEscaped(folder: string): Promise<void> {
  const variable = `SAGEMAKER_BASE_DIR=${folder}`;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(variable)) kill(Number(name));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
