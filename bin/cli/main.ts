import { readFileSync } from 'node:fs';
import { checkArguments, usageError } from './arguments.ts';
import { COMMANDS } from './commands.ts';
import { reportFailure } from './failure.ts';
import { didYouMean } from '#core/nearest.ts';
import { print } from './output.ts';
import { renderOverview, renderUsage } from './usage.ts';

/** Runs one command line; returns the exit code. Nothing that goes wrong passes this as an exception. */
export async function main(argv: readonly string[]): Promise<number> {
  quietOnClosedPipe();
  try {
    const [first, ...rest] = argv;
    if (first === undefined || first === 'help' || first === '--help' || first === '-h')
      print(renderOverview(version()));
    else if (first === '--version' || first === '-v') print(version());
    else await runCommand(first, rest);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return reportFailure(error, argv.includes('--json'));
  }
}

async function runCommand(name: string, raw: string[]): Promise<void> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) throw unknownCommand(name);
  const command = await entry.load();
  if (raw.includes('--help') || raw.includes('-h')) {
    print(renderUsage(name, command));
    return;
  }
  checkArguments(name, raw, command.args, command.rest === true);
  const { parseArgs } = await import('citty');
  await command.run(parseArgs(raw, command.args));
}

function unknownCommand(name: string): Error {
  const what = name.startsWith('-') ? `The command comes before ${name}.` : `There is no command '${name}'.`;
  const fix = 'Run `onnward --help` for the commands.';
  return usageError('unknown_command', `${what}${didYouMean(name, Object.keys(COMMANDS))}`, fix);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `onnward models | head -1`: the reader has gone, and that is no failure. */
function quietOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
