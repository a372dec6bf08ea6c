import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson, say } from '../cli/output.ts';
import { CONFIG_FILE } from '#adapters/local/config.ts';
import { OnnwardError } from '#core/errors.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A file that is written, and the file of this package that it is a copy of. */
type Copies = readonly (readonly [to: string, from: string])[];

interface Template {
  readonly copies: Copies;
  /** Whose files are all copied to `trainer/`. @default - there is no trainer */
  readonly trainer?: string;
  readonly next: readonly [string, string];
}

const PLAIN: Template = {
  copies: [
    [CONFIG_FILE, 'bin/templates/onnward.config.ts.txt'],
    ['example.csv', 'bin/templates/example.csv'],
  ],
  next: ['onnward dev', 'onnward invoke iris --input example.csv'],
};

const TRAINED = ['onnward train', 'onnward release'] as const;

/** What `--template` gives: a configuration, real data, and the trainer that makes a model of them. */
const TEMPLATES: Readonly<Record<string, Template>> = {
  tabular: {
    copies: [
      [CONFIG_FILE, 'bin/templates/tabular/onnward.config.ts.txt'],
      ['example.csv', 'bin/templates/tabular/example.csv'],
      ['data/train.csv', 'trainers/data/breast-cancer/train.csv'],
      ['data/heldout.csv', 'trainers/data/breast-cancer/heldout.csv'],
    ],
    trainer: 'trainers/tabular',
    next: TRAINED,
  },
  image: {
    copies: [
      [CONFIG_FILE, 'bin/templates/image/onnward.config.ts.txt'],
      ['example.png', 'examples/digits/images/3.png'],
      ['data/train.csv', 'trainers/data/digits/train.csv'],
      ['data/heldout.csv', 'examples/digits/heldout.csv'],
    ],
    trainer: 'trainers/keras',
    next: TRAINED,
  },
};

const { json } = COMMON;

export const init = defineCommand({
  args: {
    template: {
      type: 'string',
      valueHint: 'tabular|image',
      description: 'With real data and a trainer of such models (default: a configuration for files that you have)',
    },
    force: { type: 'boolean', description: 'Overwrite files that are there' },
    json,
  },
  examples: ['onnward init', 'onnward init --template tabular'],
  async run(args) {
    const template = templateNamed(args.template);
    const copies = await copiesOf(template);
    const files = copies.map(([to]) => to);
    if (!args.force) await refuseToOverwrite(files);
    for (const [to, from] of copies) {
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(ROOT, from), to);
    }
    if (args.json) printJson({ files });
    else print(files.map((file) => `wrote ${file}`).join('\n'));
    const [first, then] = template.next;
    say(`Next: ${first}\nThen: ${then}`);
  },
});

function templateNamed(name: string | undefined): Template {
  if (name === undefined) return PLAIN;
  if (Object.hasOwn(TEMPLATES, name)) return TEMPLATES[name] as Template;
  const names = Object.keys(TEMPLATES).join(' or ');
  throw usageError('unknown_template', `There is no template '${name}'.`, `Give --template ${names}.`);
}

/** A trainer is a folder of files: what Python has compiled of them is none. */
async function copiesOf({ copies, trainer }: Template): Promise<Copies> {
  if (trainer === undefined) return copies;
  const entries = await readdir(join(ROOT, trainer), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return [...copies, ...names.sort().map((name) => [`trainer/${name}`, `${trainer}/${name}`] as const)];
}

/** Asks the person at the terminal; anywhere else it needs --force. */
async function refuseToOverwrite(files: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const file of files) if (await stat(file).catch(() => undefined)) there.push(file);
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
