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
    else print(table([HEADING, ...found.map(row)].map(fitted)));
  },
});

const HEADING = ['release', 'version', 'live then', 'state', 'begun (UTC)', 'why'];

const row = ({ release, state, wait, end }: ReleaseStatus): string[] => [
  release.release,
  String(release.version),
  String(release.champion ?? '-'),
  state,
  release.at.slice(0, 16).replace('T', ' '),
  (state === 'waiting' ? wait?.reason : end?.reason) ?? '',
];

/** Why is as long as a terminal's line leaves room for; in a pipe, 80 characters. */
const MOST = { reason: 80, before: 70, least: 20 };

function fitted(cells: readonly string[]): string[] {
  const { columns } = process.stdout;
  const most = columns === undefined ? MOST.reason : Math.max(MOST.least, columns - MOST.before);
  return cells.map((cell, column) => (column === HEADING.length - 1 && cell.length > most ? cut(cell, most) : cell));
}

const cut = (text: string, most: number): string => `${text.slice(0, most - 1)}…`;
