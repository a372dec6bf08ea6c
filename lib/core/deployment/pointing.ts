import { invalid, OnnwardError } from '../errors.ts';

/** Where the Lambda alias `live` of a model's function leads. */
export type LiveTraffic =
  /** To $LATEST, which serves no version: `live` was never pointed. */
  | { readonly to: 'nothing' }
  /** To a published version of the function, which pins `version` of the model; undefined where it pins none. */
  | { readonly to: 'function'; readonly functionVersion: string; readonly version: number | undefined }
  /** A canary divides it between two. */
  | { readonly to: 'two'; readonly functionVersion: string; readonly version: number | undefined };

export interface LiveState {
  readonly model: string;
  readonly traffic: LiveTraffic;
  /** The version that the registry records as `live`. @default - none yet */
  readonly recorded?: number;
  /** The version that was named to go live first. @default - none */
  readonly named?: number;
}

/** What a deployment does about `live`. */
export type Pointing =
  /** Publish `version` of the model, and point there. */
  | { readonly action: 'point'; readonly version: number }
  /** It answers with `version` already. `record`: the registry does not say so yet. */
  | { readonly action: 'leave'; readonly version: number; readonly record: boolean }
  /** A canary is under way: neither traffic nor record are a deployment's to touch. */
  | { readonly action: 'wait' }
  /** There is no version to point to. */
  | { readonly action: 'none' };

/**
 * `live` is pointed while it leads nowhere: to what the registry records, else to what is named. Once it leads somewhere
 * no deployment moves it. Throws `deploy.live_stands` where another version was named, `deploy.unpinned`.
 */
export function pointing(state: LiveState): Pointing {
  const { traffic, recorded, named } = state;
  if (traffic.to === 'two') return { action: 'wait' };
  if (traffic.to === 'nothing') {
    if (recorded !== undefined) refuseOther(state, recorded);
    const version = recorded ?? named;
    return version === undefined ? { action: 'none' } : { action: 'point', version };
  }
  const { version, functionVersion } = traffic;
  if (version === undefined) throw unpinned(state.model, functionVersion);
  refuseOther(state, version);
  return { action: 'leave', version, record: recorded !== version };
}

function refuseOther({ model, named }: LiveState, live: number): void {
  if (named === undefined || named === live) return;
  throw new OnnwardError(`${model}@live stands on version ${live}, and no deployment moves it to ${named}.`, {
    code: 'deploy.live_stands',
    kind: 'conflict',
    fix: `Deploy without naming ${model}: a release moves it.`,
    fields: { model, live, named },
  });
}

const unpinned = (model: string, functionVersion: string): OnnwardError =>
  invalid(
    'deploy.unpinned',
    `${model}@live leads to version ${functionVersion} of the function, which pins no version of the model.`,
    {
      fix: 'Somebody pointed it by hand: point the Lambda alias to $LATEST, then deploy again.',
      fields: { model, functionVersion },
    },
  );
