import { OnnwardError } from '#core/errors.ts';

/** What the two containers around a trainer's run: `fetch` before it, `agent` beside it. */
const COMMANDS: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<number>>> = {
  fetch: async (env) => (await import('./fetch.ts')).bring(env),
  agent: async (env) => (await import('./agent.ts')).follow(env),
};

const command = COMMANDS[process.argv[2] ?? ''];
try {
  if (!command)
    throw new Error(`'${process.argv[2] ?? ''}' is none of the commands ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(await command(process.env));
} catch (error) {
  const { message } = error as Error;
  const more = error instanceof OnnwardError ? ` ${error.fix ?? ''} (${error.code})` : '';
  // oxlint-disable-next-line no-console -- a container's log is its console; one line, as logs are read by the line
  console.error(`error: ${message.replaceAll('\n', ' ')}${more}`);
  process.exit(1);
}
