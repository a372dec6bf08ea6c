import { OnnwardError } from '#core/errors.ts';
import { serveUntilStopped } from './container/run.ts';

/** What a container runs when it is told to `serve`: SageMaker, and any host that looks after containers. */
try {
  await serveUntilStopped(process.env);
} catch (error) {
  const { message } = error as Error;
  const more = error instanceof OnnwardError ? ` ${error.fix ?? ''} (${error.code})` : '';
  // oxlint-disable-next-line no-console -- a container's log is its console; one line, as logs are read by the line
  console.error(`error: ${message.replaceAll('\n', ' ')}${more}`);
  process.exitCode = 1;
}
