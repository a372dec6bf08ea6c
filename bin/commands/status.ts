import { COMMON, STAGE } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { mark } from '../cli/condition.ts';
import { print, printJson, say, style, table } from '../cli/output.ts';
import { nameStage } from '../cli/stage.ts';
import type { AwsIdentity } from '#adapters/aws/credentials.ts';
import { readStage, type ModelStatus, type StageStatus } from '#adapters/aws/stage-status.ts';
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
    else print([headline(deployment.stage, identity), ...describe(found)].join('\n'));
  },
});

const headline = (stage: string, { account, region }: AwsIdentity): string =>
  `${style('bold', stage)} in account ${account}, ${region}`;

function describe({ stacks, store, url, models, alarms }: StageStatus): string[] {
  const raised = alarms.filter(({ state }) => state === 'ALARM');
  return [
    `models answer at ${url ?? 'no URL yet'}`,
    `versions are in ${store}`,
    '',
    table([
      ['STACK', 'STATUS', 'CHANGED'],
      ...stacks.map(({ name, status: state, changedAt }) => [name, state, changedAt]),
    ]),
    '',
    ...models.map(modelLine),
    ...models.flatMap(({ model, condition: { fix } }) => (fix ? [`next, for ${model}: ${fix}`] : [])),
    '',
    raised.length === 0
      ? `${alarms.length} alarms, none raised`
      : `${raised.length} of ${alarms.length} alarms are raised:`,
    ...raised.map(({ name, since, reason }) => `  ${style('red', name)} since ${since}: ${reason}`),
  ];
}

const modelLine = ({ model, condition }: ModelStatus): string => `${mark(condition.level)} ${model} ${condition.text}`;
