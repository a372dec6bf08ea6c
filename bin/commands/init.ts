import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say } from '../cli/output.ts';
import { CONFIG_FILE } from '#adapters/local/config.ts';
import { OnnwardError } from '#core/errors.ts';

/** What a template brings besides the configuration: a file of the example model to invoke it with. */
const TEMPLATES = {
  tabular: { model: 'iris', example: 'example.csv', source: new URL('../templates/example.csv', import.meta.url) },
  image: {
    model: 'digits',
    example: 'example.png',
    source: new URL('../../examples/digits/images/3.png', import.meta.url),
  },
} as const;

const { json } = COMMON;

export const init = defineCommand({
  args: {
    template: { type: 'string', valueHint: 'tabular|image', default: 'tabular', description: 'What your model reads' },
    force: { type: 'boolean', description: 'Overwrite files that are there' },
    json,
  },
  examples: ['onnward init', 'onnward init --template image --force'],
  async run(args) {
    const template = TEMPLATES[args.template as keyof typeof TEMPLATES];
    if (!Object.hasOwn(TEMPLATES, args.template)) {
      const names = Object.keys(TEMPLATES).join(' or ');
      throw usageError('unknown_template', `There is no template '${args.template}'.`, `Give --template ${names}.`);
    }
    const files = [CONFIG_FILE, template.example];
    if (!args.force) await refuseToOverwrite(files);
    const config = await readFile(new URL('../templates/onnward.config.ts.txt', import.meta.url), 'utf8');
    await writeFile(CONFIG_FILE, config.replaceAll('MODEL', template.model));
    await copyFile(template.source, template.example);
    if (args.json) printJson({ files });
    else print(files.map((file) => `wrote ${file}`).join('\n'));
    say(`Next: onnward dev\nThen: onnward invoke ${template.model} --input ${template.example}`);
  },
});

/** Asks the person at the terminal; anywhere else it needs --force. */
async function refuseToOverwrite(files: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const file of files) if (await stat(join(process.cwd(), file)).catch(() => undefined)) there.push(file);
  if (there.length === 0 || (process.stdin.isTTY && process.stderr.isTTY && (await agreed(there)))) return;
  throw new OnnwardError(`${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already.`, {
    code: 'init.exists',
    kind: 'conflict',
    fix: 'Run `onnward init --force` to overwrite, or run it in another folder.',
    fields: { files: there },
  });
}

async function agreed(files: readonly string[]): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const message = `Overwrite ${files.join(' and ')}?`;
  return (await confirm({ message, initialValue: false, output: process.stderr })) === true;
}
