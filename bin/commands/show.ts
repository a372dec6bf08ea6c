import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { formatBytes, print, printJson } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
import { describeSignature } from '../cli/tensors.ts';
import type { Manifest } from '#core/model/manifest.ts';

export const show = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    ...COMMON,
  },
  examples: ['onnward show iris', 'onnward show iris:1 --json'],
  async run(args) {
    const { registry } = await openWorkplace(args);
    const { name, version, manifest } = await registry.resolve(args.ref);
    const aliases = (await registry.aliases(name))
      .filter((record) => record.version === version)
      .map(({ alias }) => alias);
    if (args.json) printJson({ ...manifest, aliases });
    else print(describeVersion(manifest, aliases).join('\n'));
  },
});

function describeVersion(manifest: Manifest, aliases: readonly string[]): string[] {
  const { name, version, createdAt, task, labels, metrics, preprocess, golden, serving } = manifest;
  return [
    `${name}:${version}${aliases.map((alias) => ` @${alias}`).join('')}  registered ${createdAt}`,
    ...describeSignature(manifest.signature),
    ...(task ? [`task    ${task}`] : []),
    ...Object.entries(labels ?? {}).map(([output, names]) => `labels  ${output}: ${shortened(names)}`),
    ...(preprocess ?? []).map(({ step, ...options }) => `preprocess  ${step} ${JSON.stringify(options)}`),
    ...Object.entries(metrics ?? {}).map(([metric, value]) => `metric  ${metric} ${value}`),
    ...(serving ? [`serving ${JSON.stringify(serving)}`] : []),
    `golden  ${golden?.length ?? 0} recorded ${golden?.length === 1 ? 'case' : 'cases'}`,
    ...manifest.files.map(({ path, size, sha256 }) => `file    ${path}  ${formatBytes(size)}  sha256 ${sha256}`),
  ];
}

const shortened = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')}, … (${names.length})` : names.join(', ');
