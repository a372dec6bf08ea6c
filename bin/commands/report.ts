import { writeFile } from 'node:fs/promises';
import { writeReport } from '#core/monitoring/report/write-report.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say } from '../cli/output.ts';
import { openWatchedPlace, WATCHED_PLACE } from '../cli/watched-place.ts';

export const report = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Name of the model' },
    out: { type: 'string', valueHint: 'FILE', description: 'Write the page here, too' },
    window: {
      type: 'string',
      valueHint: 'ID',
      description: 'Up to this window (default: the last one that was judged)',
    },
    ...WATCHED_PLACE,
    ...COMMON,
  },
  examples: ['onnward report iris --out iris.html'],
  async run(args) {
    const { store, registry, watched } = await openWatchedPlace(args.name, args);
    const place = { store, registry, clock: Date.now, onMessage: warn };
    const { window, html, keys } = await writeReport(place, args.name, watched, args.window);
    if (args.out !== undefined) await writeFile(args.out, html);
    if (args.json) return printJson({ model: args.name, window, store: store.url, keys, out: args.out ?? null });
    print(keys.map((key) => store.localPath?.(key) ?? `${store.url}/${key}`).join('\n'));
    if (args.out !== undefined) print(args.out);
  },
});

const warn = (line: string): void => say(`warning: ${line}`);
