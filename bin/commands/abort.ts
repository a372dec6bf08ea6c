import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { decideArguments, reasonOf, reportRejected } from '../cli/release-decide.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';

export const abort = defineCommand({
  args: { ...decideArguments('Which release is to end'), ...RELEASE_PLACE, ...COMMON },
  examples: ['onnward abort iris-r3 --reason "the wrong file"'],
  async run(args) {
    const reason = reasonOf('abort', args);
    const place = await openReleasePlace(args);
    await place.ask({ task: 'abort', release: args.release, actor: place.actor, reason });
    await reportRejected(place, args.release, args.json === true);
  },
});
