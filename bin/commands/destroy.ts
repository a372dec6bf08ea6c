import { askToType } from '../cli/ask.ts';
import { COMMON, STAGE } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { checkIdle } from '../cli/deployment-checks.ts';
import { destroyStacks } from '../cli/deployment-stacks.ts';
import { stackStates } from '../cli/deployment-survey.ts';
import { describeKept, type Kept, keptOf } from '../cli/deployment-kept.ts';
import { openStage, type StageAtHand } from '../cli/deployment.ts';
import { print, printJson, say, style } from '../cli/output.ts';
import type { StackState } from '#core/deployment/stacks.ts';

export const destroy = defineCommand({
  args: {
    ...STAGE,
    yes: { type: 'boolean', description: "Do not ask for the stage's name" },
    json: COMMON.json,
  },
  examples: ['onnward destroy', 'onnward destroy --stage dev --yes'],
  async run(args) {
    const at = await openStage(args);
    const { stage } = at.deployment;
    const { inferenceStack, registryStack } = await stackStates(at);
    const stacks = [inferenceStack, registryStack].filter((stack) => stack !== undefined);
    checkIdle(stacks);
    const kept = await keptOf(at);
    const quiet = args.json === true;
    if (!quiet) say(planLines(at, stacks, kept).join('\n'));
    if (stacks.length > 0) {
      if (!args.yes) await askToType(`Type ${stage} to destroy it`, stage);
      await destroyStacks(at, stacks, quiet);
    }
    const destroyed = stacks.map(({ name }) => name);
    if (quiet) printJson({ stage, ...at.identity, destroyed, kept: kept ?? null });
    else print([...destroyed.map((name) => `destroyed ${name}`), ...left(kept)].join('\n'));
  },
});

function left(kept: Kept | undefined): string[] {
  if (!kept) return ['Nothing of it is left.'];
  return [
    `What is left: ${describeKept(kept)}`,
    'A later deployment of the stage takes it up again. To delete it too, empty the bucket and delete it with the AWS console or command line.',
  ];
}

function planLines(
  { deployment: { stage, models }, identity }: StageAtHand,
  stacks: readonly StackState[],
  kept: Kept | undefined,
): string[] {
  const heading = `${style('bold', stage)}: account ${identity.account}, ${identity.region}, as ${identity.arn}`;
  if (stacks.length === 0) return [heading, '  Nothing is deployed.'];
  return [
    heading,
    ...stacks.map(({ name }) => `  ${name} is deleted`),
    `  Nobody answers for ${Object.keys(models).join(', ')} then; a later deployment has another URL.`,
    ...(kept ? [`  What stays: ${describeKept(kept)}`] : []),
  ];
}
