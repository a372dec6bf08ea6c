import { enableCompileCache, flushCompileCache } from 'node:module';
import type { LoadedModel } from '#core/ports.ts';
import { type AskMessage, clockMs, type FromProcess, type OpenMessage, told, type ToProcess } from './messages.ts';

/** The script of a challenger's process: opens one version, and answers with it until its parent goes. */

enableCompileCache();
// What ends a server is sent to all processes of its group at once, and this one is to answer what it has until it is told.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
// Not exit(): ONNX Runtime aborts when it is torn down in the middle of a run, and here nobody is left to be told.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToProcess) => void (message.kind === 'open' ? open(message) : answer(message)));

let model: LoadedModel;
/** When the last run ended: what came before waited for it. */
let busyUntil = 0;

async function open({ manifest, store, cacheFolder, serving }: OpenMessage): Promise<void> {
  try {
    // Imported here, so that a runtime that cannot be loaded is told as any other refusal.
    const [{ createEngine }, { openStore }, { versionLoader }] = await Promise.all([
      import('#adapters/onnx/engine.ts'),
      import('#adapters/stores.ts'),
      import('#adapters/version-loader.ts'),
    ]);
    const load = versionLoader({
      store: await openStore(store),
      engine: createEngine({ workers: 0 }),
      cacheFolder,
      serving: { [manifest.name]: serving },
    });
    model = await load(manifest);
    tell({ kind: 'opened', signature: model.signature });
    flushCompileCache(); // it is killed one day, and the next one is to begin sooner
  } catch (error) {
    tell({ kind: 'refused', error: told(error) });
  }
}

async function answer({ id, inputs, deadlineMs, sentMs }: AskMessage): Promise<void> {
  const read = clockMs();
  const waitedMs = Math.max(0, busyUntil - sentMs);
  const heldMs = (): number => waitedMs + (busyUntil = clockMs()) - read;
  try {
    const outputs = await model.infer(inputs, deadlineMs === undefined ? {} : { deadlineMs });
    tell({ kind: 'answer', id, outputs, heldMs: heldMs() });
  } catch (error) {
    tell({ kind: 'failure', id, error: told(error), heldMs: heldMs() });
  }
}

const tell = (message: FromProcess): void => void process.send?.(message);
