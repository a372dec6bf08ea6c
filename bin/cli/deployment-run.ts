import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stacks } from '#adapters/aws/stacks.ts';
import { runCdk } from '#adapters/local/cdk.ts';
import { OnnwardError } from '#core/errors.ts';
import type { StageAtHand } from './deployment.ts';
import { say, styleError } from './output.ts';

export interface CdkCommand {
  /** `deploy` or `destroy`, its stacks and options. */
  readonly args: readonly string[];
  /** Those that may have failed. */
  readonly stacks: readonly string[];
  /** What the app reads versions from. @default - the registry of the configuration */
  readonly store?: string | undefined;
  /** No line of progress. */
  readonly quiet: boolean;
}

/** The CDK app of this package, built or not. */
const APP = fileURLToPath(new URL(`../app${extname(import.meta.url)}`, import.meta.url));

/** A resource that is begun: the line that says how it ended is enough. */
const BEGINNING = /\| \w+_IN_PROGRESS +\| (?!AWS::CloudFormation::Stack)/;

/** Runs CDK on a stage. Throws `deploy.failed` with CloudFormation's first reason, `deploy.interrupted`. */
export async function cdk(at: StageAtHand, { args, stacks, store, quiet }: CdkCommand): Promise<void> {
  const { deployment, identity, workplace } = at;
  const startedAt = Date.now();
  const ended = await runCdk({
    args: [...args, '--ci', '-c', `stage=${deployment.stage}`],
    app: APP,
    folder: workplace.folder,
    env: { AWS_REGION: identity.region, ...(store !== undefined && { ONNWARD_STORE: store }) },
    onLine: (line) => (quiet || BEGINNING.test(line) ? undefined : say(styleError('dim', `  ${line}`))),
  });
  if (ended.interrupted) throw interrupted(deployment.stage);
  if (ended.code === 0) return;
  throw failed(args[0], await firstFailure(identity.region, stacks, startedAt), ended.lastLines);
}

/** CloudFormation's own account of it, where it came as far as that. */
async function firstFailure(region: string, names: readonly string[], since: number): Promise<string | undefined> {
  const stacks = new Stacks(region);
  try {
    for (const name of names) {
      const [failure] = (await stacks.state(name)) ? await stacks.failures(name, since) : [];
      if (failure) return `${name}: ${failure.resource} (${failure.type}): ${failure.reason}`;
    }
    return undefined;
  } catch {
    return undefined; // what went wrong is told by CDK's own lines then
  } finally {
    stacks.close();
  }
}

function failed(verb: string | undefined, reason: string | undefined, lastLines: readonly string[]): OnnwardError {
  const told = lastLines.findLast((line) => /error|failed|❌/i.test(line))?.trim();
  return new OnnwardError(`CDK could not do it: ${reason ?? told ?? 'it ended without a reason'}`, {
    code: 'deploy.failed',
    kind: 'unavailable',
    fix: `Mend the reason and run it again${verb === 'deploy' ? ': what was live is live still' : ''}.`,
    fields: { ...(reason !== undefined && { reason }), lastLines },
  });
}

const interrupted = (stage: string): OnnwardError =>
  new OnnwardError('You ended it; what CloudFormation has begun, it goes on with.', {
    code: 'deploy.interrupted',
    kind: 'unavailable',
    fix: `Look with \`onnward status --stage ${stage}\` until no stack is IN_PROGRESS, then run it again.`,
    fields: { stage },
  });
