import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { type Environment, placeOf } from './place.ts';

/** As a shell says that SIGTERM has ended something. */
const TERMINATED = 143;

/**
 * Brings the trainer's inputs. The first process of a container hears of no signal that it does not ask for; there is
 * nothing to save, so SIGTERM ends it at once.
 */
export async function bring(env: Environment): Promise<number> {
  process.once('SIGTERM', () => process.exit(TERMINATED));
  const place = await placeOf(env);
  const { channels, restored, attempt } = await fetchInputs({ ...place, openToAll: true, onMessage: log });
  for (const [name, { files, bytes }] of Object.entries(channels))
    log(`channel ${name}: ${files} files, ${bytes} bytes`);
  if (restored) log(`attempt ${attempt} goes on from the checkpoints of ${restored.at}`);
  return 0;
}

// oxlint-disable-next-line no-console -- a container's log is its console
const log = (line: string): void => console.log(line);
