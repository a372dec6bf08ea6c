import type { Training } from '../training.ts';
import { hyperparametersOf, inputDataConfig, resourceConfig } from './config-files.ts';
import { ONE_HOST } from './hosts.ts';
import { BASE_VARIABLE, DEFAULT_BASE, layoutOf, type Layout } from './layout.ts';
import { fixedRendezvous } from './rendezvous.ts';
import { readAsJson, toolkitJson } from './toolkit-json.ts';

export interface EnvironmentOptions {
  /** @default '/opt/ml' */
  readonly base?: string;
  /** Of a machine. @default - what the training asks for */
  readonly gpus?: number;
  /** Of a machine. @default - what the training asks for */
  readonly cpus?: number;
  /** @default - none: it is no job of AWS */
  readonly arn?: string;
  /** Characters that all names and values may have together. @default - any number */
  readonly limit?: number;
}

const DEFAULT_CPUS = 2;

type Variables = Record<string, string>;

/**
 * The variables of a trainer: what SageMaker sets for every container, and what its training toolkit adds for a script.
 * What only a machine knows, its own name among several, is in files: see `rendezvousFile`. Where all of it is longer than
 * `limit`, what is told twice is left out, the longest-winded first; all of it is in `input/config`.
 */
export function trainerEnvironment(training: Training, options: EnvironmentOptions = {}): Variables {
  const layout = layoutOf(options.base);
  const { resources, instances = 1 } = training.options;
  const machine = {
    gpus: options.gpus ?? resources?.gpus ?? 0,
    cpus: options.cpus ?? resources?.cpus ?? DEFAULT_CPUS,
  };
  const first: Variables = {
    TRAINING_JOB_NAME: training.training,
    ...(options.arn !== undefined && { TRAINING_JOB_ARN: options.arn }),
    ...(layout.base !== DEFAULT_BASE && { [BASE_VARIABLE]: layout.base }),
    ...folders(training, layout),
    SM_NUM_GPUS: `${machine.gpus}`,
    SM_NUM_CPUS: `${machine.cpus}`,
    SM_LOG_LEVEL: '20',
    ...(instances > 1 ? fixedRendezvous(training, instances, machine.gpus) : oneHost()),
  };
  const more = [eachHyperparameter, hyperparameters, inputs, whole(layout, machine, instances === 1)];
  return within(
    options.limit ?? Number.POSITIVE_INFINITY,
    first,
    more.map((make) => make(training)),
  );
}

/** As many of the groups, in their order, as there is room for. */
function within(limit: number, first: Variables, more: readonly Variables[]): Variables {
  const all = { ...first };
  for (const group of more) {
    if (lengthOf(all) + lengthOf(group) <= limit) Object.assign(all, group);
  }
  return all;
}

const lengthOf = (variables: Variables): number =>
  Object.entries(variables).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

const channelsOf = ({ options }: Training): string[] => Object.keys(options.channels ?? {}).sort();

function folders(training: Training, layout: Layout): Variables {
  const channels = channelsOf(training);
  return {
    SM_MODEL_DIR: layout.model,
    SM_INPUT_DIR: layout.input,
    SM_INPUT_CONFIG_DIR: layout.config,
    SM_OUTPUT_DIR: layout.output,
    SM_OUTPUT_DATA_DIR: layout.outputData,
    SM_OUTPUT_INTERMEDIATE_DIR: `${layout.output}/intermediate`,
    SM_CHANNELS: toolkitJson(channels),
    ...Object.fromEntries(channels.map((name) => [`SM_CHANNEL_${name.toUpperCase()}`, layout.channel(name)])),
  };
}

const oneHost = (): Variables => ({
  SM_HOSTS: toolkitJson(ONE_HOST.hosts),
  SM_CURRENT_HOST: ONE_HOST.current,
  SM_NETWORK_INTERFACE_NAME: ONE_HOST.networkInterface,
  SM_RESOURCE_CONFIG: toolkitJson(resourceConfig(ONE_HOST)),
});

/** But for those that steer the toolkit itself. */
const ownHyperparameters = (training: Training): [string, string][] =>
  Object.entries(hyperparametersOf(training)).filter(([name]) => !name.startsWith('sagemaker_'));

const valuesOf = (training: Training): Record<string, unknown> =>
  Object.fromEntries(ownHyperparameters(training).map(([name, text]) => [name, readAsJson(text)]));

const eachHyperparameter = (training: Training): Variables =>
  Object.fromEntries(
    Object.entries(valuesOf(training)).map(([name, value]) => [`SM_HP_${name.toUpperCase()}`, textOf(value)]),
  );

const textOf = (value: unknown): string => {
  if (value === null) return '';
  return typeof value === 'string' ? value : toolkitJson(value);
};

const hyperparameters = (training: Training): Variables => ({ SM_HPS: toolkitJson(valuesOf(training)) });

const inputs = (training: Training): Variables => ({ SM_INPUT_DATA_CONFIG: toolkitJson(inputDataConfig(training)) });

/** All of it once more, as one value. With several hosts the toolkit's has what nobody knows before they are there. */
const whole =
  (layout: Layout, { gpus, cpus }: { readonly gpus: number; readonly cpus: number }, alone: boolean) =>
  (training: Training): Variables => {
    if (!alone) return {};
    const value = {
      channel_input_dirs: Object.fromEntries(channelsOf(training).map((name) => [name, layout.channel(name)])),
      current_host: ONE_HOST.current,
      hosts: ONE_HOST.hosts,
      hyperparameters: valuesOf(training),
      input_config_dir: layout.config,
      input_data_config: inputDataConfig(training),
      input_dir: layout.input,
      is_master: true,
      job_name: training.training,
      master_hostname: ONE_HOST.current,
      model_dir: layout.model,
      network_interface_name: ONE_HOST.networkInterface,
      num_cpus: cpus,
      num_gpus: gpus,
      output_data_dir: layout.outputData,
      output_dir: layout.output,
      output_intermediate_dir: `${layout.output}/intermediate`,
      resource_config: resourceConfig(ONE_HOST),
    };
    return { SM_TRAINING_ENV: toolkitJson(value) };
  };
