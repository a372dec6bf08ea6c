import type { ArgDef, ArgsDef } from 'citty';
import { parseArgs } from 'node:util';
import { OnnwardError } from '#core/errors.ts';
import { didYouMean } from '#core/nearest.ts';

/** Options that every command takes. */
export const COMMON = {
  store: { type: 'string', valueHint: 'URL', description: 'The registry: file:DIR or s3://bucket[/prefix]' },
  json: { type: 'boolean', description: 'One JSON document on stdout; errors as JSON on stderr' },
} as const satisfies ArgsDef;

/** Of the commands that go to AWS. */
export const STAGE = {
  stage: { type: 'string', valueHint: 'NAME', description: 'Which stage (default: the first)' },
} as const satisfies ArgsDef;

/** A mistake in the words after `onnward`: exit code 2. */
export const usageError = (code: string, message: string, fix: string): OnnwardError =>
  new OnnwardError(message, { code: `usage.${code}`, kind: 'invalid', fix });

/**
 * Refuses what citty's own parser lets pass: options that do not exist, options without their value or given twice,
 * words too many. `rest` allows any number of words behind the last positional.
 */
export function checkArguments(command: string, raw: readonly string[], definitions: ArgsDef, rest: boolean): void {
  const entries = Object.entries(definitions);
  const options = Object.fromEntries(
    entries.filter(([, arg]) => arg.type !== 'positional').map(([name, arg]) => [name, { type: optionType(arg) }]),
  );
  const help = `Run \`onnward ${command} --help\` for its options and an example.`;
  const { tokens } = parseArgs({ args: [...raw], options, strict: false, allowPositionals: true, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    if (!option) throw unknownOption(token.rawName, Object.keys(options), help);
    if (seen.has(token.name)) throw usageError('repeated_option', `${token.rawName} is given twice.`, help);
    seen.add(token.name);
    checkValue(token, option.type, help);
  }
  checkPositionals(
    tokens.filter((token) => token.kind === 'positional').map((token) => token.value),
    entries.filter(([, arg]) => arg.type === 'positional'),
    rest,
    help,
  );
}

const optionType = (definition: ArgDef): 'string' | 'boolean' => (definition.type === 'boolean' ? 'boolean' : 'string');

function unknownOption(rawName: string, known: readonly string[], help: string): OnnwardError {
  const names = [...known, 'help'].map((name) => `--${name}`);
  return usageError('unknown_option', `There is no option ${rawName} here.${didYouMean(rawName, names)}`, help);
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkValue({ rawName, value, inlineValue }: OptionToken, type: 'string' | 'boolean', help: string): void {
  if (type === 'boolean') {
    if (value !== undefined) throw usageError('needless_value', `${rawName} takes no value, not '${value}'.`, help);
  } else if (value === undefined || value === '' || (!inlineValue && /^--?[a-z]/i.test(value))) {
    throw usageError('missing_value', `${rawName} needs a value.`, help);
  }
}

function checkPositionals(given: string[], known: [string, ArgDef][], rest: boolean, help: string): void {
  const missing = known.slice(given.length).find(([, arg]) => arg.required !== false);
  if (missing) throw usageError('missing_argument', `${missing[0].toUpperCase()} is missing.`, help);
  if (!rest && given.length > known.length) {
    throw usageError('extra_argument', `'${given[known.length]}' is one word too many.`, help);
  }
}

/** An option that is a whole number within [`least`, `most`]; undefined where it is not given. */
export function wholeNumber(name: string, value: string | undefined, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  const message = `--${name} is a whole number from ${least} to ${most}, not '${value}'.`;
  throw usageError('not_a_number', message, `Give --${name} digits in that range.`);
}
