import { checkName } from '#core/model/reference.ts';
import { listReleases, type ReleaseStatus } from '#core/release/releases.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say, table } from '../cli/output.ts';
import { releaseSummary } from '../cli/release-document.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';

export const releases = defineCommand({
  args: {
    name: { type: 'positional', required: false, description: 'Of which model (default: of all)' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: ['onnward releases', 'onnward releases iris --stage prod'],
  async run(args) {
    const model = args.name === undefined ? undefined : checkName(args.name);
    const { store } = await openReleasePlace(args);
    const found = await listReleases(store, model);
    if (args.json) printJson({ releases: found.map(releaseSummary) });
    else if (found.length === 0) say('There is no release yet. Next: onnward release NAME:VERSION');
    else print(table([HEADING, ...found.map(row)]));
  },
});

const HEADING = ['release', 'version', 'live then', 'state', 'begun', 'why'];

const row = ({ release, state, wait, end }: ReleaseStatus): string[] => [
  release.release,
  String(release.version),
  String(release.champion ?? '-'),
  state,
  release.at.slice(0, 16).replace('T', ' '),
  shortened((state === 'waiting' ? wait?.reason : end?.reason) ?? ''),
];

const MOST = 80;
const shortened = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);
