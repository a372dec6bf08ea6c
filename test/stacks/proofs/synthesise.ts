import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { deploymentOf } from '#config/deployment.ts';
import { addStage, type StageOptions } from '#stacks/stage.ts';
import { App, type Stack } from 'aws-cdk-lib';
import type { CloudFormationTemplate, Resources } from './template.ts';

const { context } = JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** The stacks of one stage, as `bin/app.ts` makes them, and what they come to. */
export interface Synthesised {
  readonly app: App;
  readonly templates: Readonly<Record<'registry' | 'inference', CloudFormationTemplate>>;
  readonly registry: Resources;
  readonly inference: Resources;
}

const ENV = { account: '111122223333', region: 'eu-west-1' };

/** What is added to the stacks before they become templates: a mistake, to see it found. */
export type Sabotage = (stacks: { registry: Stack; inference: Stack }) => void;

/** Without copies of what is deployed: only the templates are looked at. */
export function synthesise(config: Config, options: StageOptions = {}, sabotage?: Sabotage): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'onnward-synth-'));
  try {
    const app = new App({ context: { ...context, 'aws:cdk:disable-asset-staging': true }, outdir });
    const stacks = addStage(app, deploymentOf(config), { env: ENV, ...options });
    sabotage?.(stacks);
    const assembly = app.synth();
    const template = (stack: Stack): CloudFormationTemplate =>
      assembly.getStackByName(stack.stackName).template as CloudFormationTemplate;
    const templates = { registry: template(stacks.registry), inference: template(stacks.inference) };
    return { app, templates, registry: templates.registry.Resources, inference: templates.inference.Resources };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
