import { createHash } from 'node:crypto';
import { OnnwardError } from '#core/errors.ts';
import type { Actors } from '#core/monitoring/monitor/world.ts';
import type { NewTraining } from '#core/training/events.ts';
import { publishNews } from '../topic.ts';

/** Who acts for a stage. */
export interface StageActors {
  readonly region: string;
  /** Name of the function of releases. @default - nothing is rolled back */
  readonly release: string | undefined;
  /** ARN of the workflow that trains. @default - nothing is trained */
  readonly training: string | undefined;
  /** ARN. @default - nobody is told */
  readonly topic: string | undefined;
}

/** The function of releases takes back, the workflow of trainings trains, and the topic is told. */
export const stageActors = (stage: StageActors): Actors => ({
  rollBack: (model, { actor, reason, version }) => rollBack(stage, { task: 'rollback', model, version, actor, reason }),
  retrain: (model, { action, actor, reason, channels }) =>
    retrain(stage, {
      model,
      trigger: 'alarm',
      action,
      actor,
      why: reason,
      options: { release: true, ...(Object.keys(channels).length > 0 && { channels }) },
    }),
  notify: async ({ subject, message }) => {
    if (stage.topic !== undefined) await publishNews(stage.topic, { subject, message });
  },
});

/** What it throws by these names it throws each time. */
const FINAL = ['rollback.nothing', 'rollback.moved'];

async function rollBack({ region, release }: StageActors, event: object): Promise<number> {
  if (release === undefined) throw lacks('function of releases');
  const { lambdaClient, LambdaFunction } = await import('../lambda/function.ts');
  const client = lambdaClient(region);
  try {
    const { result, crash } = await new LambdaFunction(client, release).invoke('$LATEST', event);
    if (!crash) return (result as { readonly to: { readonly version: number } }).to.version;
    const { errorType: code = 'monitor.failed' } = result as { readonly errorType?: string };
    throw new OnnwardError(crash.message, {
      code: FINAL.includes(code) ? code : 'monitor.failed',
      kind: FINAL.includes(code) ? 'conflict' : 'unavailable',
      fields: { function: release, error: code },
    });
  } finally {
    client.destroy();
  }
}

/** Begun once for an action: by the name of the execution, and as the training says what it is for. */
async function retrain({ region, training }: StageActors, request: NewTraining): Promise<string> {
  if (training === undefined) throw lacks('workflow that trains');
  const { Executions } = await import('../executions.ts');
  const executions = new Executions(region);
  const hash = createHash('sha256').update(`${request.action}`).digest('hex');
  const name = `action-${hash.slice(0, 32)}`;
  try {
    await executions.startOnce(training, name, request);
    return name;
  } finally {
    executions.close();
  }
}

const lacks = (what: string): OnnwardError =>
  new OnnwardError(`The stage has no ${what}.`, {
    code: 'function.unconfigured',
    kind: 'invalid',
    fix: 'Deploy the stage again.',
  });
