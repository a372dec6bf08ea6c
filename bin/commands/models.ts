import { COMMON } from '../cli/arguments.ts';
import { type Canary, canaryOf, inWords } from '../cli/canary.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say, table } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
import type { Registry } from '#core/registry/registry.ts';

export const models = defineCommand({
  args: COMMON,
  examples: ['onnward models', 'onnward models --store s3://my-bucket/models --json'],
  async run(args) {
    const { registry, store } = await openWorkplace(args);
    const found = await Promise.all((await registry.models()).map((name) => summary(registry, name)));
    if (args.json) printJson({ store: store.url, models: found });
    else if (found.length === 0) say(`${store.url} has no models yet.\nNext: onnward register NAME PATH`);
    else print(table([['MODEL', 'LATEST', 'ALIASES'], ...found.map(row)]));
  },
});

interface Summary {
  readonly name: string;
  readonly versions: readonly number[];
  readonly aliases: Readonly<Record<string, number>>;
  /** @default - one version gets all requests */
  readonly canary?: Canary;
}

async function summary(registry: Registry, name: string): Promise<Summary> {
  const [versions, aliases] = await Promise.all([registry.versions(name), registry.aliases(name)]);
  const canary = canaryOf(aliases);
  const versionOf = Object.fromEntries(aliases.map(({ alias, version }) => [alias, version]));
  return { name, versions, aliases: versionOf, ...(canary && { canary }) };
}

const row = ({ name, versions, aliases, canary }: Summary): string[] => [
  name,
  String(versions.at(-1) ?? '-'),
  [
    ...Object.entries(aliases).map(([alias, version]) => `${alias}=${version}`),
    ...(canary ? [`canary=${canary.version} (${inWords(canary)})`] : []),
  ].join(' ') || '-',
];
