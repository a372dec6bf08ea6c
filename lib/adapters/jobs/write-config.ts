import { join } from 'node:path';
import { configFiles, hostFiles } from '#core/training/contract/config-files.ts';
import type { Hosts } from '#core/training/contract/hosts.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import type { Training } from '#core/training/training.ts';
import { place } from './job-folder.ts';

/** Writes what a trainer reads of itself. */
export const writeConfig = (training: Training, hosts: Hosts, layout: Layout): Promise<void> =>
  writeAll({ ...configFiles(training), ...hostFiles(hosts) }, layout);

/** Writes anew what a trainer reads of its machines: whoever reads it meanwhile has all of the old or all of the new. */
export const writeHosts = (hosts: Hosts, layout: Layout): Promise<void> => writeAll(hostFiles(hosts), layout);

async function writeAll(files: Readonly<Record<string, string>>, layout: Layout): Promise<void> {
  for (const [name, text] of Object.entries(files)) await place(join(layout.config, name), text, layout);
}
