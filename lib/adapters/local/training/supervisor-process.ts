import { enableCompileCache } from 'node:module';
import { executionName } from '../workflow/execution-name.ts';
import { type Begun, GO } from './supervisor-messages.ts';

/** The script of the process that looks after one training, of which it is given the path of the record. */

enableCompileCache();

const terminated = new AbortController();
process.on('SIGTERM', () => terminated.abort());
// It is a terminal's business neither with Ctrl-C nor when it is closed.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.once('disconnect', () => process.exit(1)); // nobody has written that it is there

process.once('message', (message) => {
  if (message === GO) void begin();
});
process.send?.({ supervisor: executionName() } satisfies Begun);

async function begin(): Promise<void> {
  process.removeAllListeners('disconnect');
  process.disconnect();
  const { supervise } = await import('./supervise.ts');
  process.exit(await supervise(process.argv[2] as string, terminated.signal));
}
