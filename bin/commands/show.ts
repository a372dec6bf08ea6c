import { COMMON } from '../cli/arguments.ts';
import { type Canary, canaryOf, inWords } from '../cli/canary.ts';
import { defineCommand } from '../cli/commands.ts';
import { formatBytes, print, printJson } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
import { describeBaseline } from '../cli/describe-baseline.ts';
import { describeSignature } from '../cli/tensors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';

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
    const all = await registry.aliases(name);
    const aliases = all.filter((record) => record.version === version).map(({ alias }) => alias);
    const canary = canaryOf(all);
    if (args.json) printJson({ ...manifest, aliases, ...(canary && { canary }) });
    else print([...describeVersion(manifest, aliases), ...traffic(version, all, canary)].join('\n'));
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
    ...describeBaseline(manifest.baseline),
    ...manifest.files.map(({ path, size, sha256 }) => `file    ${path}  ${formatBytes(size)}  sha256 ${sha256}`),
  ];
}

/** What a release has made of it: which part of the requests it answers, and what a rollback leads to. */
function traffic(version: number, aliases: readonly AliasRecord[], canary: Canary | undefined): string[] {
  const live = aliases.find(({ alias }) => alias === 'live')?.version;
  if (canary?.version === version) return [`canary  gets ${inWords(canary)}, beside version ${live}`];
  if (live !== version) return [];
  const previous = aliases.find(({ alias }) => alias === 'previous')?.version;
  return [
    ...(canary ? [`canary  version ${canary.version} gets ${inWords(canary)}`] : []),
    ...(previous === undefined ? [] : [`previous  version ${previous}`]),
  ];
}

const shortened = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')}, … (${names.length})` : names.join(', ');
