import { checkReleases } from '#adapters/local/config.ts';
import { askToGoOn } from '../cli/ask.ts';
import { COMMON, STAGE, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { checkBootstrap, checkDocker, checkStacks } from '../cli/deployment-checks.ts';
import { deployModels } from '../cli/deployment-models.ts';
import { planLines } from '../cli/deployment-plan.ts';
import { exampleOf, reportJson, reportLines } from '../cli/deployment-report.ts';
import { deployStacks } from '../cli/deployment-stacks.ts';
import { survey } from '../cli/deployment-survey.ts';
import { openStage } from '../cli/deployment.ts';
import { print, printJson, say } from '../cli/output.ts';
import { checkCdkOptions } from '#core/deployment/cdk-options.ts';
import { didYouMean } from '#core/nearest.ts';
import { OnnwardError } from '#core/errors.ts';
import { parseReference, type Reference } from '#core/model/reference.ts';

export const deploy = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: false,
      description: 'Versions to go live where none is; behind -- options of cdk deploy',
    },
    ...STAGE,
    yes: { type: 'boolean', description: 'Do not ask' },
    store: { ...COMMON.store, description: 'Where models come from that the stage has none of' },
    json: COMMON.json,
  },
  rest: true,
  examples: ['onnward deploy', 'onnward deploy iris:3 --stage prod --yes'],
  async run(args) {
    const { references, cdkOptions } = wordsOf(args._);
    checkCdkOptions(cdkOptions);
    const at = await openStage(args);
    await checkReleases(at.workplace);
    refuseStrangers(references, Object.keys(at.deployment.models));
    checkDocker(at.deployment, process.env);
    await checkBootstrap(at.identity);
    const before = await survey(at, references);
    checkStacks([before.registryStack, before.inferenceStack]);
    const quiet = args.json === true;
    const asks = !args.yes && !process.env['CI'];
    // Nobody agrees to what was not said.
    if (!quiet || (asks && process.stderr.isTTY)) say(planLines(at, before).join('\n'));
    if (asks) await askToGoOn('Deploy?');
    const stacks = await deployStacks(at, before, { cdkOptions, quiet });
    const models = await deployModels(at, before.models, quiet);
    const report = { ...stacks, models };
    if (quiet) printJson(reportJson(at, report));
    else print(reportLines(at, report, await exampleOf(at, report)).join('\n'));
    const failures = models.filter(({ failure }) => failure);
    if (failures.length > 0) throw incomplete(failures.map(({ name }) => name));
  },
});

/** Names of versions, and behind `--` what goes to CDK: references never begin with a hyphen. */
function wordsOf(words: readonly string[]): { references: Reference[]; cdkOptions: string[] } {
  const first = words.findIndex((word) => word.startsWith('-'));
  const named = first === -1 ? words : words.slice(0, first);
  return { references: named.map(parseReference), cdkOptions: first === -1 ? [] : words.slice(first) };
}

/** Every reference names a model of the configuration, and a model once. */
function refuseStrangers(references: readonly Reference[], models: readonly string[]): void {
  const stranger = references.find(({ name }) => !models.includes(name));
  if (stranger) {
    const fix = `The configuration has ${models.join(', ')}.${didYouMean(stranger.name, models)}`;
    throw usageError(
      'unknown_model',
      `${stranger.name} is not in the configuration, which says what is deployed.`,
      fix,
    );
  }
  const twice = references.find(({ name }, index) => references.findIndex((other) => other.name === name) < index);
  if (twice) throw usageError('repeated_model', `${twice.name} is named twice.`, 'Name one version of each model.');
}

const incomplete = (models: readonly string[]): OnnwardError =>
  new OnnwardError(`The stacks are deployed, and ${models.join(', ')} did not go live.`, {
    code: 'deploy.incomplete',
    kind: 'unavailable',
    fix: 'Mend what is said of each, and run it again: what is done already is not done twice.',
    fields: { models },
  });
