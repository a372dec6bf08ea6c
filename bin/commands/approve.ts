import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { decideArguments } from '../cli/release-decide.ts';
import { decideOnEither } from '../cli/monitor-decide.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

export const approve = defineCommand({
  args: { ...decideArguments('Which release, or action of monitoring, goes on'), ...RELEASE_PLACE, ...COMMON },
  examples: [
    'onnward approve iris-r3 --reason "looked at the slices"',
    'onnward approve iris-r3 --reason "looked at the slices" --stage prod',
    'onnward approve iris-a1 --reason "autumn flowers"',
  ],
  run: (args) => decideOnEither('approve', args),
});
