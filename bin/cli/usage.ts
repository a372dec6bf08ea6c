import type { ArgDef } from 'citty';
import { COMMANDS, type Command } from './commands.ts';
import { style } from './output.ts';

/** `onnward --help`: every command with its one line; loads none of them. */
export function renderOverview(version: string): string {
  const names = Object.keys(COMMANDS);
  return [
    `Onnward ${version}: takes an ONNX model onward, from a file to production.`,
    section('Usage', ['onnward COMMAND [ARGUMENTS] [OPTIONS]']),
    section('Commands', columns(names.map((name) => [name, COMMANDS[name]!.summary]))),
    section('Try', ['onnward dev', 'onnward COMMAND --help']),
  ].join('\n\n');
}

/** `onnward COMMAND --help`: usage, arguments, options with their defaults, and examples that run. */
export function renderUsage(name: string, command: Command): string {
  const entries = Object.entries(command.args);
  const positionals = entries.filter(([, arg]) => arg.type === 'positional');
  const options = entries.filter(([, arg]) => arg.type !== 'positional');
  const words = positionals.map(([key, arg], index) =>
    word(key, arg, command.rest === true && index === positionals.length - 1),
  );
  return [
    `${COMMANDS[name]!.summary}.`,
    section('Usage', [['onnward', name, ...words, '[OPTIONS]'].join(' ')]),
    ...(positionals.length > 0
      ? [section('Arguments', columns(positionals.map(([key, arg]) => [key.toUpperCase(), arg.description ?? ''])))]
      : []),
    section('Options', columns([...options.map(optionLine), ['--help', 'This text']])),
    section('Examples', [...command.examples]),
  ].join('\n\n');
}

function word(key: string, arg: ArgDef, rest: boolean): string {
  const name = `${key.toUpperCase()}${rest ? '…' : ''}`;
  return arg.required === false ? `[${name}]` : name;
}

function optionLine([key, arg]: [string, ArgDef]): [string, string] {
  const value = arg.type === 'boolean' ? '' : ` ${arg.valueHint ?? key.toUpperCase()}`;
  const preset = arg.default === undefined ? '' : ` (default ${String(arg.default)})`;
  return [`--${key}${value}`, `${arg.description ?? ''}${preset}`];
}

const section = (title: string, lines: readonly string[]): string =>
  [style('bold', `${title}:`), ...lines.map((line) => `  ${line}`)].join('\n');

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${style('cyan', left.padEnd(width))}  ${right}`);
}
