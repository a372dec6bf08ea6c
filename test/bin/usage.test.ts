import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../bin/cli/commands.ts';
import { cliReference } from '../../docs/reference/cli.ts';
import { inProcess, inRepository, onnward } from './cli.ts';

const packageVersion = (JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as { version: string }).version;

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('for %o lists every command', async (args) => {
    const { code, stdout, stderr } = await onnward(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const width = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));
    for (const [name, { summary }] of Object.entries(COMMANDS))
      expect(stdout).toMatch(`  ${name.padEnd(width)}  ${summary}`);
  });

  test.each(Object.keys(COMMANDS))('of %s is in docs/reference/cli.md, with an example', async (name) => {
    const { code, stdout } = await inProcess([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Examples:\n  `);
    expect(readFileSync(inRepository('docs/reference/cli.md'), 'utf8')).toContain(
      `## onnward ${name}\n\n\`\`\`text\n${stdout}\`\`\`\n`,
    );
  });

  test('docs/reference/cli.md is as `npm run cli-reference` makes it', async () => {
    expect(readFileSync(inRepository('docs/reference/cli.md'), 'utf8')).toBe(await cliReference());
  });

  test('wins over mistakes beside it', async () => {
    expect(await onnward(['show', '--nonsense', '--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['--version', '-v'])('%s is the version of the package', async (flag) => {
    expect(await onnward([flag])).toEqual({ code: 0, stdout: `${packageVersion}\n`, stderr: '' });
  });
});

describe('a mistake in the words is code 2, one sentence and the next step', () => {
  test.each([
    ['an unknown command', ['modles'], "There is no command 'modles'. Did you mean models?"],
    ['one that resembles nothing', ['launch'], "There is no command 'launch'."],
    ['the name of an object method', ['constructor'], "There is no command 'constructor'."],
    ['an option first', ['--store', 'file:a', 'models'], 'The command comes before --store.'],
    ['an unknown option', ['models', '--jsn'], 'There is no option --jsn here. Did you mean --json?'],
    ['a negated option', ['models', '--no-json'], 'There is no option --no-json here.'],
    ['an unknown short option', ['models', '-x'], 'There is no option -x here.'],
    ['no argument', ['show'], 'REF is missing.'],
    ['only the first argument', ['register', 'iris'], 'PATH is missing.'],
    ['a word too many', ['history', 'iris', 'digits'], "'digits' is one word too many."],
    ['an option without its value', ['models', '--store'], '--store needs a value.'],
    ['an option that swallows the next', ['register', 'a', 'b', '--alias', '--exact'], '--alias needs a value.'],
    ['an empty value', ['models', '--store='], '--store needs a value.'],
    ['a value for a flag', ['models', '--json=yes'], "--json takes no value, not 'yes'."],
    ['an option twice', ['models', '--store', 'file:a', '--store', 'file:b'], '--store is given twice.'],
    ['a port that is no number', ['dev', '--port', 'http'], "--port is a whole number from 0 to 65535, not 'http'."],
    ['a port beyond', ['serve', '--port', '65536'], 'from 0 to 65535'],
    ['no threads', ['register', 'a', 'b.onnx', '--threads', '0'], '--threads is a whole number from 1 to 1024'],
    ['a version that is no number', ['alias', 'iris', 'live', 'two'], "VERSION is a whole number from 1, not 'two'."],
    ['a template that is none', ['init', '--template', 'audio'], "There is no template 'audio'."],
    ['nothing to predict from', ['invoke', 'iris'], 'There is nothing to predict from.'],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await inProcess(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .+\n {2}fix: {2}.+\n {2}code: usage\.\w+\n$/);
    expect(stderr).toContain(message);
  });

  test('is so in a process of its own', async () => {
    const ended = await onnward(['modles']);
    expect(ended).toEqual({ ...(await inProcess(['modles'])), code: 2 });
  });

  test('is JSON with --json', async () => {
    const { code, stdout, stderr } = await onnward(['show', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage.missing_argument', message: 'REF is missing.' } });
  });
});

describe('colours', () => {
  const escape = '\u001b[';

  test('stand in no pipe', async () => {
    expect((await onnward(['--help'])).stdout).not.toContain(escape);
    expect((await onnward(['nothing'])).stderr).not.toContain(escape);
  });

  test('stand where they are asked for, but not against NO_COLOR', async () => {
    expect((await onnward(['nothing'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(escape);
    expect((await onnward(['nothing'], { env: { NO_COLOR: '1' } })).stderr).not.toContain(escape);
  });
});

test('a stack is shown with ONNWARD_DEBUG=1 only', async () => {
  expect((await onnward(['nothing'])).stderr).not.toMatch(/^ +at /m);
  expect((await onnward(['nothing'], { env: { ONNWARD_DEBUG: '1' } })).stderr).toMatch(/^ +at /m);
});
