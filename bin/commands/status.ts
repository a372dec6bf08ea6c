import { COMMON, STAGE } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say, style } from '../cli/output.ts';
import { stageLines } from '../cli/stage-lines.ts';
import { nameStage } from '../cli/stage.ts';
import type { AwsIdentity } from '#adapters/aws/credentials.ts';
import { readStage } from '#adapters/aws/stage-status.ts';
import { loadConfig } from '#adapters/local/config.ts';

export const status = defineCommand({
  args: {
    ...STAGE,
    json: COMMON.json,
  },
  examples: ['onnward status', 'onnward status --stage prod --json'],
  async run(args) {
    const { config } = await loadConfig(process.cwd());
    const { deployment, identity } = await nameStage(config, args.stage);
    const found = await readStage(deployment.stage, Object.keys(deployment.models), identity);
    if (args.json) printJson({ stage: deployment.stage, ...identity, ...found });
    else if (found.stacks.length === 0)
      say(`${headline(deployment.stage, identity)}\nNot deployed. Next: onnward deploy`);
    else print([headline(deployment.stage, identity), ...stageLines(found)].join('\n'));
  },
});

const headline = (stage: string, { account, region }: AwsIdentity): string =>
  `${style('bold', stage)} in account ${account}, ${region}`;
