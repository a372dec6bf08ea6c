import { checkName } from '#core/model/reference.ts';
import type { RolledBack } from '#core/release/roll-back-model.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson } from '../cli/output.ts';
import { openReleasePlace, RELEASE_PLACE } from '../cli/release-place.ts';

export const rollback = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Name of the model' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'Recorded, with who says so' },
    ...RELEASE_PLACE,
    ...COMMON,
  },
  examples: ['onnward rollback iris', 'onnward rollback iris --reason "wrong units" --stage prod'],
  async run(args) {
    const model = checkName(args.name);
    const place = await openReleasePlace(args);
    const reason = args.reason ?? 'no reason given';
    const back = (await place.ask({ task: 'rollback', model, actor: place.actor, reason })) as RolledBack;
    if (args.json) printJson(back);
    else print(`${model}@live is version ${back.to.version} again, instead of ${back.from.version} (${back.ms} ms).`);
  },
});
