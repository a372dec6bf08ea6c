import { openReader } from '#adapters/readers.ts';
import { openFolder } from '#adapters/local/open-folder.ts';
import { PIN } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import { CAPTURE, parseCaptureOptions } from '#core/monitoring/capture/options.ts';
import { TrafficCapture } from '#serving/capture/capture.ts';
import type { CaptureSink } from '#serving/capture/sink.ts';
import { within } from '#serving/within.ts';
import type { Environment } from './host.ts';

/** An answer waits so long for keys that are on their way, ms: what is under way as the function stands still is lost. */
const KEYS_MS = 250;

/** Captured requests on their way out of a function, which stands still between its invocations, or of a container. */
interface SettledSink extends CaptureSink {
  /** Sends what is due, and leaves nothing under way. Never rejects. */
  settle(): Promise<void>;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
}

/** What is captured of one model, and where it goes. */
export interface Capturing {
  readonly capture: TrafficCapture;
  readonly sink: SettledSink;
}

export interface FunctionCapture {
  readonly capture: TrafficCapture;
  /** The answer, once nothing of capture is under way. */
  settled<T>(answer: Promise<T>): Promise<T>;
}

/**
 * Captures the requests of the function's one model. The keys are on their way when this resolves: requests that come
 * before them are not captured, and only their answers wait for them, a moment. Throws `capture.options`, `capture.seconds`, `store.url`.
 */
export async function openCapture(env: Environment): Promise<FunctionCapture | undefined> {
  const capturing = await openCapturing(env);
  if (!capturing) return undefined;
  const { capture, sink } = capturing;
  return {
    capture,
    async settled(answer) {
      const result = await answer;
      await Promise.all([sink.settle(), within(KEYS_MS, capture.settled, () => undefined)]);
      return result;
    },
  };
}

/** As the environment says; undefined where it has nothing captured, or nowhere to go. Throws as `openCapture`. */
export async function openCapturing(env: Environment): Promise<Capturing | undefined> {
  const options = parseCaptureOptions(env[CAPTURE.options]);
  const sink = options && (await openSink(env));
  if (!sink) return undefined;
  const keys = await openReader(env[CAPTURE.store] || env[PIN.store] || '', { env });
  const models = { [env[PIN.model] ?? '']: options };
  const capture = new TrafficCapture({ models, keys, sink, target: env['AWS_LAMBDA_FUNCTION_VERSION'] });
  void capture.start();
  return { capture, sink };
}

/** Serving goes on where there is nowhere to go. */
async function openSink(env: Environment): Promise<SettledSink | undefined> {
  const stream = env[CAPTURE.stream];
  if (stream) {
    const { FirehoseCapture } = await import('#adapters/aws/firehose-capture.ts');
    return new FirehoseCapture({ stream, env, ...secondsOf(env) });
  }
  const store = env[PIN.store] ?? '';
  if (!store.startsWith('file:')) {
    process.emitWarning(`requests are not captured: ${CAPTURE.stream} names no stream, and the store is no folder`);
    return undefined;
  }
  const { FolderCapture } = await import('#adapters/local/capture.ts');
  const folder = new FolderCapture(await openFolder(store));
  const flush = () => folder.flush();
  return { add: (...line) => folder.add(...line), settle: flush, flush };
}

function secondsOf(env: Environment): { readonly seconds?: number } {
  const text = env[CAPTURE.seconds];
  if (!text) return {};
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return { seconds };
  throw invalid('capture.seconds', `${CAPTURE.seconds} is '${text.slice(0, 40)}', expected a number of seconds`);
}
