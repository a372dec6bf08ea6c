import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import { readDocument } from '#core/training/store.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { placedRows } from '../cli/optimize-data.ts';
import { expectFolder, writeOptimization } from '../cli/optimize-files.ts';
import { optimizationLines } from '../cli/optimize-lines.ts';
import { OPTIMIZE_OPTIONS, optimizeOptions } from '../cli/optimize-options.ts';
import { print, say } from '../cli/output.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';
import { openTrainingPlace } from '../cli/training-place.ts';
import { reportTraining } from '../cli/training-report.ts';

export const optimize = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    ...OPTIMIZE_OPTIONS,
    output: {
      type: 'string',
      valueHint: 'DIR',
      description: 'A folder that gets the table, the same as JSON, and a plot',
    },
    why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward optimize digits:1 --prefer size',
    'onnward optimize digits --methods dynamic-int8,static-int8 --margin 0.005 --output optimized',
    'onnward optimize digits --data heldout.csv --label digit --milliseconds 2 --bytes 1000000',
  ],
  async run(args) {
    const said = optimizeOptions(args);
    if (args.output !== undefined) await expectFolder(args.output);
    const place = await openTrainingPlace(args);
    const { name, version } = await place.registry.resolve(args.ref);
    const options = { optimize: await placedRows(place, name, said) };
    const why = args.why === undefined ? {} : { why: args.why };
    const json = args.json === true;
    const request = { model: name, kind: 'optimize', version, actor: place.actor, ...why, options } as const;
    const ids = await place.run(request, { json });
    for (const id of ids) {
      const document = await readDocument(place.store, id, 'optimization');
      if (!document) continue;
      if (!json) show(document);
      if (args.output === undefined) continue;
      const files = await writeOptimization(document, args.output);
      if (!json) say(files.join('\n'));
    }
    await reportTraining(place, ids, json);
  },
});

function show(document: OptimizationDocument): void {
  print(optimizationLines(document).join('\n'));
  for (const note of document.notes) say(`note: ${note}`);
}
