import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
import { inWords, type ReleaseState } from '#core/release/release.ts';
import type { HistoryRecord } from '#core/registry/history.ts';

export const history = defineCommand({
  args: { name: { type: 'positional', required: true, description: 'Name of the model' }, ...COMMON },
  examples: ['onnward history iris', 'onnward history iris --json'],
  async run(args) {
    const { registry } = await openWorkplace(args);
    const records = await Array.fromAsync(registry.history(args.name));
    if (args.json) printJson({ name: args.name, records });
    else print(records.map(describeRecord).join('\n'));
  },
});

function describeRecord(record: HistoryRecord): string {
  const why = record.why === undefined ? '' : `  (${record.why})`;
  return `${record.sequence}  ${record.at}  ${record.actor}  ${whatHappened(record)}${why}`;
}

type Told = HistoryRecord & Readonly<Record<string, string | number | null | undefined>>;

const TOLD: Readonly<Record<string, (record: Told) => string>> = {
  register: ({ version }) => `registered version ${version}`,
  alias: moved,
  release: ({ release, version, state, reason }) =>
    `${release}: version ${version} ${inWords(state as ReleaseState)}: ${reason}`,
  rollback: ({ from, to }) => `rolled back from ${from} to ${to}`,
  act: ({ id, kind, about, state, message }) => `${id}: ${kind}, about ${about}, ${state}: ${message}`,
  forget: ({ events }) => `took ${events} captured requests of a subject out of the store`,
};

const whatHappened = (record: HistoryRecord): string => TOLD[record.action]?.(record as Told) ?? record.action;

function moved({ alias, from, to, forced, release, state }: Told): string {
  const { challenger, weight } = (state ?? {}) as { readonly challenger?: number; readonly weight?: number };
  const by = release === undefined ? '' : `, ${release}`;
  if (challenger !== undefined) return `sent ${weight} % of ${alias} to ${challenger}${by}`;
  return `moved ${alias}${from === null ? '' : ` from ${from}`} to ${to}${forced ? ', forced' : ''}${by}`;
}
