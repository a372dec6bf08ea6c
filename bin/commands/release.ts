import { checkReleases, loadConfig } from '#adapters/local/config.ts';
import { parseReference } from '#core/model/reference.ts';
import type { Config } from '#config/config.ts';
import { COMMON, usageError, wholeNumber } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { say } from '../cli/output.ts';
import { optionsHere } from '../cli/release-function.ts';
import { RELEASE_OPTIONS, requestOf } from '../cli/release-options.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';
import { reportRelease } from '../cli/release-report.ts';
import { releaseTo } from '../cli/release-to.ts';

export const release = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: false,
      description: 'name:version or name@alias; a bare name is its latest version (default: the only model with gates)',
    },
    ...RELEASE_OPTIONS,
    to: {
      type: 'string',
      valueHint: 'STAGE',
      description: 'Copy the version to this stage, and release it there through its own gates',
    },
    concurrency: {
      type: 'string',
      valueHint: 'N',
      description: 'Parts of the evaluation at once, on this machine (default: one a core)',
    },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: [
    'onnward release',
    'onnward release iris:2',
    'onnward release iris:2 --bake 10s',
    'onnward release iris:2 --stage dev --why "trained on October"',
    'onnward release iris:2 --to prod',
  ],
  async run(args) {
    const processes = wholeNumber('concurrency', args.concurrency, 1, 64);
    const given = args.ref === undefined ? undefined : parseReference(args.ref).name;
    if (args.to !== undefined)
      return releaseTo(args.to, { ...args, ref: args.ref ?? onlyModel((await loadConfig(process.cwd())).config) });
    const place = await openReleasePlace(args);
    const ref = args.ref ?? onlyModel(place.config);
    const name = given ?? ref;
    await checkReleases(place);
    const json = args.json === true;
    const configured = optionsHere(place.config, place.folder)[name] ?? {};
    const request = { ...requestOf(ref, args, configured), actor: place.actor };
    const id = await place.run(request, { json, processes });
    if (id === undefined) say('There is nothing to release.');
    else await reportRelease(place, id, json);
  },
});

/** The one that is meant where none is named. Throws `usage.missing_argument`. */
function onlyModel({ models = {} }: Config): string {
  const [only, ...more] = Object.keys(models).filter((name) => models[name]?.gates !== undefined);
  if (only !== undefined && more.length === 0) return only;
  const there = only === undefined ? 'no model has gates' : `${[only, ...more].join(' and ')} have gates`;
  throw usageError(
    'missing_argument',
    `REF is missing, and in onnward.config.ts ${there}.`,
    'Name a model: onnward release NAME',
  );
}
