import { scoreAll } from './score-all.ts';

try {
  process.exitCode = await scoreAll(process.env);
} catch (error) {
  const { message } = error as Error;
  // oxlint-disable-next-line no-console -- a container's log is its console; one line, as logs are read by the line
  console.error(`error: ${message.replaceAll('\n', ' ')}`);
  process.exitCode = 1;
}
