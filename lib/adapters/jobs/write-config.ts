import { join } from 'node:path';
import { configFiles, type Hosts } from '#core/training/contract/config-files.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { RENDEZVOUS_FILE, rendezvousFile } from '#core/training/contract/rendezvous.ts';
import type { Training } from '#core/training/training.ts';
import { place } from './job-folder.ts';

/** Writes what a trainer reads of itself. */
export async function writeConfig(training: Training, hosts: Hosts, layout: Layout): Promise<void> {
  for (const [name, value] of Object.entries(configFiles(training, hosts))) {
    await place(join(layout.config, name), JSON.stringify(value), layout);
  }
  if (hosts.hosts.length > 1) await place(join(layout.config, RENDEZVOUS_FILE), rendezvousFile(hosts), layout);
}
