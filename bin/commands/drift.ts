import { parseReference } from '#core/model/reference.ts';
import { OnnwardError } from '#core/errors.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import { lastWindows } from '#core/monitoring/monitor/last-windows.ts';
import { COMMON, usageError, wholeNumber } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { featuresTable, sinceOf, windowsTable } from '../cli/drift-table.ts';
import { print, printJson, say } from '../cli/output.ts';
import { openWatchedPlace, WATCHED_PLACE, type WatchedPlace } from '../cli/watched-place.ts';

/** Windows that are shown. */
const LAST = 12;
/** Windows that are looked back to find one, or since when a feature drifts. */
const LOOKED_BACK = 500;

export const drift = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Name of the model; with --against also name:version' },
    last: { type: 'string', valueHint: 'N', description: `How many windows are shown (default ${LAST})` },
    window: { type: 'string', valueHint: 'ID', description: 'The features of this window, such as 2026-11-23T07-1h' },
    features: { type: 'boolean', description: 'All features, also those that have hardly moved' },
    against: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Compare the rows of a file with the baseline now, without any capture',
    },
    ...WATCHED_PLACE,
    ...COMMON,
  },
  examples: ['onnward drift iris', 'onnward drift iris --against examples/iris/heldout.csv'],
  async run(args) {
    const json = args.json === true;
    const last = wholeNumber('last', args.last, 1, LOOKED_BACK) ?? LAST;
    if (args.against !== undefined) return compareFile(args, args.against, json);
    const place = await openWatchedPlace(args.name, args);
    const documents = await lastWindows(place.store, args.name, LOOKED_BACK, Date.now());
    const upTo = args.window === undefined ? documents : until(documents, args.name, args.window);
    const shown = upTo.slice(-last);
    if (json) return printJson({ model: args.name, windows: shown });
    if (shown.length === 0) return say(nothing(args.name, place));
    const judged = upTo.findLast((document) => document.drift && document.drift.state !== 'few');
    print(windowsTable(shown));
    if (judged?.drift) {
      print(`\n${judged.window}:\n${featuresTable(judged.drift, sinceOf(upTo), args.features === true)}`);
      const { violations } = judged.drift;
      if (violations.length > 0)
        say(`${violations.length} violations of the data: onnward report ${args.name}${place.where}`);
    }
    const why = shown.at(-1)?.why;
    if (why !== undefined) say(why);
  },
});

function until(documents: readonly WindowDocument[], model: string, window: string): readonly WindowDocument[] {
  const index = documents.findIndex((document) => document.window === window);
  if (index !== -1) return documents.slice(0, index + 1);
  throw new OnnwardError(`The window ${window} of ${model} was not looked at.`, {
    code: 'report.no_window',
    kind: 'not-found',
    fix: `\`onnward drift ${model}\` lists the windows.`,
    fields: { model, window },
  });
}

const nothing = (model: string, { watched, where }: WatchedPlace): string =>
  watched.watch.drift
    ? `No window of ${model} was looked at yet. Next: onnward monitor ${model}${where}`
    : `Drift of ${model} is not looked at. Set models.${model}.watch.drift in onnward.config.ts, or compare a file: onnward drift ${model} --against FILE`;

interface AgainstArguments {
  readonly name: string;
  readonly window?: string | undefined;
  readonly last?: string | undefined;
  readonly features?: boolean | undefined;
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

async function compareFile(args: AgainstArguments, file: string, json: boolean): Promise<void> {
  const other = (['window', 'last'] as const).find((option) => args[option] !== undefined);
  if (other) {
    throw usageError('either', `--against compares a file, and --${other} is of windows.`, 'Give one of them.');
  }
  const place = await openWatchedPlace(parseReference(args.name).name, args);
  const { manifest, name, version } = await place.registry.resolve(args.name);
  const { driftAgainst } = await import('../cli/drift-against.ts');
  const verdict = await driftAgainst(place, manifest, file, json);
  if (json) return printJson({ model: name, version, against: file, ...verdict });
  if (verdict.state === 'few') return say(`${verdict.rows} rows are too few to compare.`);
  const moved = verdict.features.filter(({ drifted }) => drifted).length;
  print(featuresTable(verdict, new Map(), args.features === true));
  print(`\n${moved} of ${verdict.features.length} features of ${verdict.rows} rows moved against ${name}:${version}`);
  for (const { feature_name, constraint_check_type, description } of verdict.violations) {
    print(`${constraint_check_type}  ${JSON.stringify(feature_name)}  ${description}`);
  }
}
