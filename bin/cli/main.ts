import { VERSION } from '#serving/version.ts';
import { checkArguments, usageError } from './arguments.ts';
import { COMMANDS } from './commands.ts';
import { reportFailure } from './failure.ts';
import { didYouMean } from '#core/nearest.ts';
import { print } from './output.ts';
import { renderOverview, renderUsage } from './usage.ts';

/** Runs one command line; returns the exit code. Nothing that goes wrong passes this as an exception. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = argv;
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') print(renderOverview(VERSION));
    else if (first === '--version' || first === '-v') print(VERSION);
    else await runCommand(first, rest);
    return 0;
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
