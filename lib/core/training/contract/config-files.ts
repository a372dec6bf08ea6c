import type { Training } from '../training.ts';
import type { Hosts } from './hosts.ts';
import { RENDEZVOUS_FILE, rendezvousFile } from './rendezvous.ts';

/** Hyperparameters as the trainer gets them: all of them text. */
export function hyperparametersOf({ options }: Pick<Training, 'options'>): Record<string, string> {
  const entries = Object.entries(options.hyperparameters ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** What there is of each channel: files, all of them on each host. */
export function inputDataConfig({ options }: Pick<Training, 'options'>): Record<string, Record<string, string>> {
  const how = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' };
  return Object.fromEntries(Object.keys(options.channels ?? {}).map((name) => [name, how]));
}

export const resourceConfig = ({ hosts, current, networkInterface }: Hosts) => ({
  current_host: current,
  hosts,
  network_interface_name: networkInterface,
});

/**
 * The files below `input/config` that say what the training is, by name. Source: the SageMaker developer guide, "How Amazon
 * SageMaker AI provides training information".
 */
export const configFiles = (training: Pick<Training, 'options'>): Record<string, string> => ({
  'hyperparameters.json': JSON.stringify(hyperparametersOf(training)),
  'inputdataconfig.json': JSON.stringify(inputDataConfig(training)),
});

/** Those that say where it is. */
export const hostFiles = (hosts: Hosts): Record<string, string> => ({
  'resourceconfig.json': JSON.stringify(resourceConfig(hosts)),
  ...(hosts.hosts.length > 1 && { [RENDEZVOUS_FILE]: rendezvousFile(hosts) }),
});
