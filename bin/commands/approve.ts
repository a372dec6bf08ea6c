import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { decideArguments, decideOn } from '../cli/release-decide.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

export const approve = defineCommand({
  args: { ...decideArguments('Which release goes on'), ...RELEASE_PLACE, ...COMMON },
  examples: [
    'onnward approve iris-r3 --reason "looked at the slices"',
    'onnward approve iris-r3 --reason "looked at the slices" --stage prod',
  ],
  run: (args) => decideOn('approve', args),
});
