import { LIVE_ALIAS } from '#core/deployment/names.ts';
import { pinOf } from '#core/deployment/pin.ts';
import type { LiveTraffic } from '#core/deployment/pointing.ts';
import { OnnwardError } from '#core/errors.ts';
import type { AliasFacts, FunctionFacts } from './facts.ts';
import type { LambdaFunction } from './function.ts';

/** Where `live` leads now, and the state of the alias that says so. */
export interface Live {
  readonly traffic: LiveTraffic;
  readonly alias: AliasFacts;
  /** The published version that answers, or most of the time. @default - none, or it is gone */
  readonly answering?: FunctionFacts;
}

/** Follows the Lambda alias `live` to the version of the model. Undefined where the function or the alias is not there. */
export async function readLive(fn: LambdaFunction): Promise<Live | undefined> {
  const alias = await fn.alias(LIVE_ALIAS);
  if (!alias) return undefined;
  const { functionVersion, weights } = alias;
  if (functionVersion === '$LATEST') return { traffic: { to: 'nothing' }, alias };
  const answering = await fn.facts(functionVersion);
  const version = pinOf(answering?.environment ?? {});
  const to = Object.keys(weights).length > 0 ? 'two' : 'function';
  return { traffic: { to, functionVersion, version }, alias, ...(answering && { answering }) };
}

/** The same of a function that is to have the alias. Throws `publish.no_alias`. */
export async function requireLive(fn: LambdaFunction): Promise<Live> {
  const live = await readLive(fn);
  if (live) return live;
  throw noAlias(fn);
}

export const noAlias = ({ name }: Pick<LambdaFunction, 'name'>): OnnwardError =>
  new OnnwardError(`Function ${name} has no alias ${LIVE_ALIAS}.`, {
    code: 'publish.no_alias',
    kind: 'not-found',
    fix: 'Run `onnward deploy`, which makes both.',
    fields: { function: name },
  });
