import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { decideArguments } from '../cli/release-decide.ts';
import { decideOnEither } from '../cli/monitor-decide.ts';
import { RELEASE_PLACE } from '../cli/release-place.ts';

export const reject = defineCommand({
  args: { ...decideArguments('Which release, or action of monitoring, does not'), ...RELEASE_PLACE, ...COMMON },
  examples: [
    'onnward reject iris-r3 --reason "worse on small flowers"',
    'onnward reject iris-r3 --reason "worse on small flowers" --stage prod',
    'onnward reject iris-a1 --reason "a holiday"',
  ],
  run: (args) => decideOnEither('reject', args),
});
