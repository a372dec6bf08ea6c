import type { LiveTraffic } from './pointing.ts';

/** How something stands: as it should, in need of a look, or not working. */
export type Level = 'ok' | 'warning' | 'failure';

/** What was found of something, and the next step where there is one. */
export interface Condition {
  readonly level: Level;
  readonly text: string;
  /** @default - nothing is to be done */
  readonly fix?: string;
}

/** A model of a stage as it stands in AWS. */
export interface DeployedModel {
  readonly stage: string;
  readonly model: string;
  /** Where the Lambda alias `live` leads. @default - there is no function, or no alias */
  readonly traffic?: LiveTraffic;
  /** Lambda's state of the version that answers, and its reason. @default - none answers */
  readonly state?: string;
  readonly stateReason?: string;
  /** The version that the registry records as `live`. @default - none */
  readonly recorded?: number;
  /** The other side of a canary. @default - one version gets all requests */
  readonly challenger?: DeployedChallenger;
  /** The release that has not ended. @default - none */
  readonly release?: OpenRelease;
  /** Where a rollback would lead. @default - nowhere */
  readonly previous?: DeployedPrevious;
  /** Whether answers carry receipts; `no key`: they are to, and there is nothing to sign them with. @default - nothing answers */
  readonly feedback?: 'on' | 'off' | 'no key';
  /** What monitoring has found last. @default - it has looked at nothing */
  readonly watch?: DeployedWatch;
  /** Keys of rows that its releases read, and that the stage's store lacks. */
  readonly missing: readonly string[];
}

export interface DeployedChallenger {
  readonly functionVersion: string;
  /** Of the model. @default - it pins none */
  readonly version?: number;
  /** Percent of the requests. */
  readonly weight: number;
}

export interface OpenRelease {
  readonly release: string;
  /** Of the model. */
  readonly version: number;
  /** What a person is waited for. @default - it is under way */
  readonly wait?: { readonly reason: string; readonly expires: string; readonly isExpired: boolean };
}

export interface DeployedWatch {
  /** The end of the last window, ISO 8601, UTC. */
  readonly until: string;
  /** Nothing was looked at for a day. */
  readonly isStale: boolean;
  /** Requests that were captured in it. */
  readonly captured: number;
  /** @default - drift is not looked at, or there is nothing to compare with */
  readonly state?: 'few' | 'untested' | 'stable' | 'suspected' | 'drifting';
  /** Features that drift. */
  readonly drifting: readonly string[];
  /** An action that a person is waited for. @default - none */
  readonly waiting?: { readonly action: string; readonly reason: string };
}

export interface DeployedPrevious {
  /** Of the model. */
  readonly version: number;
  /** @default - it was set by hand, and nothing is known to answer for it */
  readonly functionVersion?: string;
  /** Lambda's. @default - there is no such version of the function */
  readonly state?: string;
  readonly stateReason?: string;
}

export const DEPLOY = 'Run `onnward deploy`.';

/** Traffic is the truth: what answers comes before what is recorded. */
export function conditionOf(model: DeployedModel): Condition {
  const { traffic, recorded } = model;
  if (!traffic) return { level: 'failure', text: 'is not deployed', fix: DEPLOY };
  if (traffic.to === 'nothing') return unpointed(model);
  if (model.state !== undefined && model.state !== 'Active') return notActive(model);
  if (traffic.version === undefined) {
    const text = `answers by version ${traffic.functionVersion} of the function, which pins no version of the model`;
    return { level: 'failure', text, fix: 'Point the Lambda alias to $LATEST, then run `onnward deploy`.' };
  }
  if (traffic.to === 'two') return { level: 'ok', text: `serves version ${traffic.version}, and a canary beside it` };
  if (recorded !== traffic.version) {
    const record = recorded === undefined ? 'no live version' : `version ${recorded}`;
    const text = `serves version ${traffic.version}, and the registry records ${record}`;
    return { level: 'warning', text, fix: `${DEPLOY} It writes the record anew.` };
  }
  return { level: 'ok', text: `serves version ${traffic.version}` };
}

function unpointed({ model, recorded }: DeployedModel): Condition {
  const text = 'answers 503: no version is live yet';
  const fix =
    recorded === undefined ? `Run \`onnward deploy ${model}:VERSION\`, with a version of the registry.` : DEPLOY;
  return { level: 'warning', text, fix };
}

function notActive({ stage, model, state, stateReason }: DeployedModel): Condition {
  const text = `the version that answers is ${state}${stateReason ? `: ${stateReason}` : ''}`;
  if (state === 'Inactive') {
    return { level: 'warning', text, fix: `Call it: \`onnward invoke ${model} --remote\` wakes it in a minute.` };
  }
  if (state === 'Pending') return { level: 'warning', text, fix: 'Look again in a minute.' };
  return {
    level: 'failure',
    text,
    fix: `Run \`onnward rollback ${model} --stage ${stage} --reason …\`, or release a version again.`,
  };
}
