import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Block, blocksOf } from './blocks.ts';
import { Reader, type Seen } from './reader.ts';
import { differentJson, differentLines } from './shown.ts';
import { root } from '../repository/sources.ts';

/*
 * Everything that a document tells its reader to type is typed here, block by block, and what the document shows of the
 * answer (a block of `json` or `text` right behind) is compared. Behind the word `sh` may stand `exit=1`, where the document
 * shows a refusal, or `skip-test: a reason`.
 */
const DOCUMENTS = globSync(['README.md', 'docs/**/*.md', 'examples/*/README.md'], { cwd: root }).sort();

/** What is not typed here, by document. A new line is a decision. */
const SKIPPED: Readonly<Record<string, readonly string[]>> = { 'README.md': ['npm ci && npm test'] };

const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');

const blocksIn = (document: string): Block[] => blocksOf(textOf(document));

const isSkipped = ({ info }: Block): boolean => info.startsWith('skip-test: ');

test.each(DOCUMENTS)('%s', async (document) => {
  const blocks = blocksIn(document);
  const reader = new Reader();
  let ends: (number | string | null)[] = [];
  try {
    for (const [index, block] of blocks.entries()) {
      await follow(reader, block, blocks[index + 1]).catch((cause: unknown) => {
        throw new Error(`${document}:${block.line}: ${(cause as Error).message}`, { cause });
      });
    }
  } finally {
    ends = await reader.close();
  }
  expect(
    ends.filter((end) => end !== 0 && end !== 'SIGINT'),
    'how Ctrl-C ends the servers',
  ).toEqual([]);
});

test('shell is called sh, so that it is run; or console, with what it needs that is not here', () => {
  const others = DOCUMENTS.flatMap((document) =>
    blocksIn(document)
      .filter(({ language }) => /^(bash|shell|console|zsh|shellscript)$/.test(language))
      .filter(({ language, info }) => language !== 'console' || !/^needs: (AWS|a container tool|minutes)$/.test(info))
      .map(({ line }) => `${document}:${line}`),
  );
  expect(others).toEqual([]);
});

test('next to nothing is skipped', () => {
  const skipped = DOCUMENTS.map((document) => [document, blocksIn(document).filter(isSkipped)] as const);
  const texts = skipped
    .filter(([, { length }]) => length > 0)
    .map(([name, found]) => [name, found.map(({ text }) => text)]);
  expect(Object.fromEntries(texts)).toEqual(SKIPPED);
});

test('links to files lead to files', () => {
  const broken = [...DOCUMENTS, 'CONTRIBUTING.md', 'CHANGELOG.md'].flatMap((document) => {
    const paths = [...textOf(document).matchAll(/\]\(([^():#]+)(?:#[\w-]*)?\)/g)].map(([, path]) => path!);
    return paths
      .filter((path) => !existsSync(join(root, dirname(document), path)))
      .map((path) => `${document}: ${path}`);
  });
  expect(broken).toEqual([]);
});

async function follow(reader: Reader, block: Block, next: Block | undefined): Promise<void> {
  const { language, text } = block;
  if (language === 'json') JSON.parse(text);
  if (language === 'ts') reader.write(fileNameOf(block), text);
  if (language === 'python') compare(await reader.python(block), 0, next);
  if (language !== 'sh' || isSkipped(block)) return;
  compare(await reader.run(block, next?.language !== 'json'), Number(/^exit=(\d+)$/.exec(block.info)?.[1] ?? 0), next);
}

/** A snippet of TypeScript says in its first line which file it is. */
function fileNameOf({ text }: Block): string {
  const name = /^\/\/ ([\w./-]+\.ts)\n/.exec(text)?.[1];
  if (name === undefined) throw new Error('the first line of a ts block is a comment with the name of the file');
  return name;
}

function compare({ output, code }: Seen, expected: number, next: Block | undefined): void {
  if (code !== expected) throw new Error(`it ended with ${code}, not ${expected}:\n${output}`);
  const different =
    next?.language === 'json'
      ? differentJson(JSON.parse(next.text), JSON.parse(output))
      : next?.language === 'text' && differentLines(next.text, output);
  if (different) throw new Error(`${different}\nAll of it:\n${output}`);
}
