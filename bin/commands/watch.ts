import { releaseStatus } from '#core/release/releases.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { follow } from '../cli/release-follow.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';
import { reportRelease } from '../cli/release-report.ts';
import { untilStopped } from '../cli/signals.ts';

export const watch = defineCommand({
  args: {
    release: { type: 'positional', required: true, description: 'Which release' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: ['onnward watch iris-r3', 'onnward watch iris-r3 --stage prod'],
  async run(args) {
    const place = await openReleasePlace(args);
    await releaseStatus(place.store, args.release);
    if (!args.json) await Promise.race([follow(place.store, args.release), untilStopped(() => undefined)]);
    await reportRelease(place, args.release, args.json === true);
  },
});
