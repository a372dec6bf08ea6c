import { OnnwardError } from '#core/errors.ts';
import { cardsPrefix } from '#core/model/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { parseReleaseId } from '#core/release/keys.ts';
import { COMMON } from '../cli/arguments.ts';
import { bringCard } from '../cli/card-files.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson } from '../cli/output.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';

export const card = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    output: {
      type: 'string',
      valueHint: 'DIR',
      description: 'A folder that gets the card, the same as JSON, and its plots (default: the card on stdout)',
    },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: ['onnward card iris', 'onnward card iris:2 --output cards', 'onnward card iris:2 --json'],
  async run(args) {
    const { registry, store } = await openReleasePlace(args);
    const { name, version } = await registry.resolve(args.ref);
    const key = await latestCard(store, name, version, args.json ? 'json' : 'md');
    const stored = key === undefined ? undefined : await store.get(key);
    if (key === undefined || !stored) throw noCard(name, version);
    if (args.output !== undefined) {
      const files = await bringCard(store, key.slice(0, key.lastIndexOf('.')), args.output);
      if (args.json) printJson({ files });
      else print(files.join('\n'));
      return;
    }
    print(Buffer.from(stored.bytes).toString('utf8').trimEnd());
  },
});

/** Of the version's last release. */
async function latestCard(
  store: ObjectStore,
  name: string,
  version: number,
  extension: string,
): Promise<string | undefined> {
  const prefix = cardsPrefix(name, version);
  let latest: { key: string; number: number } | undefined;
  for await (const { key } of store.list(prefix)) {
    const id = key.endsWith(`.${extension}`)
      ? parseReleaseId(key.slice(prefix.length, -extension.length - 1))
      : undefined;
    if (id && id.number > (latest?.number ?? 0)) latest = { key, number: id.number };
  }
  return latest?.key;
}

const noCard = (name: string, version: number): OnnwardError =>
  new OnnwardError(`${name}:${version} has no model card: it was never released.`, {
    code: 'card.not_found',
    kind: 'not-found',
    fix: `Run \`onnward release ${name}:${version}\`: the card is written when it ends.`,
    fields: { name, version },
  });
