import {
  answerOf,
  type FunctionAnswer,
  type FunctionEvent,
  inferEvent,
  outputsOf,
  readyEvent,
  refusalOf,
} from '#core/deployment/function-event.ts';
import { goldenDifference, otherAnswer } from '#core/deployment/golden-check.ts';
import { OnnwardError } from '#core/errors.ts';
import type { WarmedUp } from '#core/ports.ts';
import { decodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LambdaFunction } from './function.ts';
import { type Pace, until } from './waiting.ts';

/** Bytes of an event of a synchronous invocation. Source: the Lambda developer guide's quotas. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** What a function answers where its answer is larger than Lambda's. */
export const TOO_LARGE = 413;
/** A model that takes its time to load answers 504 until it is there. */
const LOADING_LIMIT_MS = 10 * 60_000;
/** How often it may answer that it could not load: a role that was just made is not known everywhere at once. */
const FAILED_LOADS = 6;

/**
 * Invokes a published version until its model is loaded, then asks it what was recorded at registration.
 * Throws `publish.crashed`, `publish.not_ready`, `publish.golden`.
 */
export async function warmUp(
  fn: LambdaFunction,
  functionVersion: string,
  manifest: Manifest,
  pace?: Pace,
): Promise<WarmedUp> {
  const target = { fn, functionVersion, manifest };
  await awaitLoaded(target, pace);
  const { signature } = manifest;
  const cases = decodeGolden(manifest.golden, signature);
  let compared = 0;
  for (const [index, golden] of cases.entries()) {
    const question = inferEvent(manifest, signature, golden);
    if (JSON.stringify(question).length > MAX_EVENT_BYTES) continue;
    const answer = await askVersion(target, question);
    if (answer.status === TOO_LARGE) continue;
    if (answer.status !== 200) throw refused(target, answer);
    const difference = goldenDifference(signature, golden.outputs, outputsOf(answer, signature));
    if (difference) throw otherAnswer(described(target), manifest, index, difference, fieldsOf(target));
    compared++;
  }
  return { compared, skipped: cases.length - compared };
}

/** A published version of a function, and what it serves. */
export interface PublishedVersion {
  readonly fn: LambdaFunction;
  readonly functionVersion: string;
  readonly manifest: Manifest;
}

async function awaitLoaded(target: PublishedVersion, pace?: Pace): Promise<void> {
  let failed = 0;
  await until(
    async () => {
      const answer = await askVersion(target, readyEvent(target.manifest));
      if (answer.status === 200) return true;
      if (answer.status !== 504 && (answer.status !== 503 || ++failed === FAILED_LOADS)) throw refused(target, answer);
      return undefined;
    },
    { what: `${described(target)} with its model`, limit: LOADING_LIMIT_MS, pace },
  );
}

/** What it answers an event with. Throws `publish.crashed`, `aws.*`. */
export async function askVersion(target: PublishedVersion, event: FunctionEvent): Promise<FunctionAnswer> {
  const { result, crash } = await target.fn.invoke(target.functionVersion, event);
  if (crash) throw crashed(target, crash.message, crash.log);
  const answer = answerOf(result);
  if (answer) return answer;
  throw crashed(target, 'what it returns is no answer of HTTP', '');
}

const described = ({ fn, functionVersion }: PublishedVersion): string =>
  `Version ${functionVersion} of function ${fn.name}`;

const fieldsOf = ({ fn, functionVersion, manifest: { name, version } }: PublishedVersion) => ({
  function: fn.name,
  functionVersion,
  model: name,
  version,
});

/** The end of the log says most: what came of an import, of memory, of the runtime. */
const LOG_LINES = 12;

function crashed(target: PublishedVersion, message: string, log: string): OnnwardError {
  const memory = /out of ?memory|signal: killed/i.test(`${message} ${log}`);
  return new OnnwardError(`${described(target)} crashes: ${message}`, {
    code: 'publish.crashed',
    kind: 'unavailable',
    fix: memory
      ? 'Raise `memory` of the model, and deploy again.'
      : "Mend it, and deploy again; the function's log says more.",
    fields: { ...fieldsOf(target), log: log.trim().split('\n').slice(-LOG_LINES) },
  });
}

const refused = (target: PublishedVersion, answer: FunctionAnswer): OnnwardError =>
  new OnnwardError(`${described(target)} does not serve its model: ${answer.status} ${refusalOf(answer)}`, {
    code: 'publish.not_ready',
    kind: 'unavailable',
    fix: "Mend what it says, and deploy again; the function's log says more.",
    fields: { ...fieldsOf(target), status: answer.status },
  });
