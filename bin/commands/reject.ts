import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { decideArguments, decideOn } from '../cli/release-decide.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

export const reject = defineCommand({
  args: { ...decideArguments('Which release does not'), ...RELEASE_PLACE, ...COMMON },
  examples: [
    'onnward reject iris-r3 --reason "worse on small flowers"',
    'onnward reject iris-r3 --reason "worse on small flowers" --stage prod',
  ],
  run: (args) => decideOn('reject', args),
});
