import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRequirements } from '#adapters/local/training/requirements.ts';
import { newFolder } from '../../../support/folders.ts';

function source(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test('packages are named as they are written', async () => {
  const folder = source({
    'requirements.txt':
      '# what it takes\nscikit-learn==1.9.1\nskl2onnx >= 1.20 # export\n\n--index-url https://x/y\nonnx[ml]\n',
  });
  expect((await readRequirements(folder)).packages).toEqual(['scikit-learn', 'skl2onnx', 'onnx']);
});

test.each([[{}], [{ 'requirements.txt': '' }], [{ 'requirements.txt': '# nothing\n' }]])(
  '%j has none',
  async (files) => {
    expect((await readRequirements(source(files))).packages).toEqual([]);
  },
);

test('a file that another one names counts, however it is named', async () => {
  const requirements = '-r more/base.txt\n--constraint=limits.txt\n';
  const of = (version: string, limit: string) =>
    readRequirements(
      source({
        'requirements.txt': requirements,
        'more/base.txt': `-r ../requirements.txt\nnumpy==${version}\n`,
        'limits.txt': limit,
      }),
    );
  const one = await of('1', '');
  expect(one.packages).toEqual(['numpy']);
  expect(await of('1', '')).toEqual(one);
  expect((await of('2', '')).text).not.toBe(one.text);
  expect((await of('1', 'onnx<2\n')).text).not.toBe(one.text);
});

test('one that is missing is left to pip, which says so', async () => {
  expect((await readRequirements(source({ 'requirements.txt': '-r nowhere.txt\n' }))).packages).toEqual([]);
});
