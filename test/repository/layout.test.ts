import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSources, root } from './sources.ts';

/** What the user of this project chose; it stays. */
const CHOSEN = ['package.json', 'tsconfig.json', 'cdk.json', 'lib', 'functions', 'bin', 'test'];

const AGREED = new Set([
  ...CHOSEN,
  'bench',
  'docs',
  'examples',
  'trainers',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'LICENSE',
  'package-lock.json',
  'vitest.config.ts',
  'knip.json',
  '.ci',
  '.gitattributes',
  '.gitignore',
  '.npmrc',
  '.oxfmtrc.json',
  '.oxlintrc.json',
]);

/** A longer file is a decision, and stands here with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};
const LONGEST = 300;

const ignored = readFileSync(`${root}.gitignore`, 'utf8')
  .split('\n')
  .map((line) => line.replace(/\/$/, ''));

test('the top level holds what was agreed, and nothing else', () => {
  const found = readdirSync(root).filter((name) => name !== '.git' && !ignored.includes(name));
  expect(found.filter((name) => !AGREED.has(name))).toEqual([]);
  expect(CHOSEN.filter((name) => !found.includes(name))).toEqual([]);
});

test(`no source is longer than ${LONGEST} lines without a reason`, () => {
  const long = [...readSources()].filter(([, text]) => text.split('\n').length > LONGEST).map(([path]) => path);
  expect(long.sort()).toEqual(Object.keys(LONG_FILES).sort());
});

test('half of the sources are within 100 lines, and nine of ten within 300', () => {
  const lengths = [...readSources().values()].map((text) => text.split('\n').length).sort((a, b) => a - b);
  const quantile = (share: number) => lengths[Math.floor(share * (lengths.length - 1))];
  expect(quantile(0.5)).toBeLessThanOrEqual(100);
  expect(quantile(0.9)).toBeLessThanOrEqual(300);
});
