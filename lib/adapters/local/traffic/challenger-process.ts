import { enableCompileCache, flushCompileCache } from 'node:module';
import { decodeGolden, syntheticInputs } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import { type AskMessage, type FromProcess, type OpenMessage, told, type ToProcess } from './messages.ts';

/** The script of a challenger's process: opens one version, and answers with it until its parent goes. */

enableCompileCache();
// What ends a server is sent to all processes of its group at once, and this one is to answer what it has until it is told.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
// Not exit(): ONNX Runtime aborts when it is torn down in the middle of a run, and here nobody is left to be told.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToProcess) => void (message.kind === 'open' ? open(message) : answer(message)));

/** Whichever comes first. */
const WARM_UP_MS = 250;
const WARM_UP_RUNS = 500;

let model: LoadedModel;

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
    await warmUp(manifest).catch(() => undefined); // what it refuses is told to who asks it
    tell({ kind: 'opened', signature: model.signature });
    flushCompileCache(); // it is killed one day, and the next one is to begin sooner
  } catch (error) {
    tell({ kind: 'refused', error: told(error) });
  }
}

/** Until code is compiled that a server runs for long: else the first requests would make it seem slow beside one. */
async function warmUp({ golden, signature }: Manifest): Promise<void> {
  const inputs = decodeGolden(golden, signature)[0]?.inputs ?? syntheticInputs(signature);
  const until = performance.now() + WARM_UP_MS;
  for (let run = 0; run < WARM_UP_RUNS && performance.now() < until; run++) await model.infer(inputs);
}

async function answer({ id, inputs, deadlineMs }: AskMessage): Promise<void> {
  const read = performance.now();
  const heldMs = (): number => performance.now() - read;
  try {
    const outputs = await model.infer(inputs, deadlineMs === undefined ? {} : { deadlineMs });
    tell({ kind: 'answer', id, outputs, heldMs: heldMs() });
  } catch (error) {
    tell({ kind: 'failure', id, error: told(error), heldMs: heldMs() });
  }
}

const tell = (message: FromProcess): void => void process.send?.(message);
