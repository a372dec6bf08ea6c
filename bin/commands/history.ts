import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
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

function whatHappened(record: HistoryRecord): string {
  const { action, version, alias, from, to, forced } = record as HistoryRecord & Record<string, string | number | null>;
  if (action === 'register') return `registered version ${version}`;
  if (action !== 'alias') return action;
  return `moved ${alias}${from === null ? '' : ` from ${from}`} to ${to}${forced ? ', forced' : ''}`;
}
