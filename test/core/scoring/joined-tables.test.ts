import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { openInputs } from '#adapters/inputs.ts';
import type { ObjectStat } from '#core/ports.ts';
import { JoinedTables } from '#core/scoring/joined-tables.ts';
import { newFolder } from '../../support/folders.ts';

let folder: string;
beforeEach(() => (folder = newFolder()));

const put = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};
const open = async () => new JoinedTables(await openInputs(`file:${folder}`));
const read = async (tables: JoinedTables, stat: ObjectStat, start = 0, end = stat.size): Promise<string> =>
  Buffer.concat(await Array.fromAsync(tables.read('rows/', stat, start, end))).toString();

describe('files below a prefix', () => {
  test('are one table, in the order of their keys', async () => {
    put({
      'rows/b.csv': 'x,y\n3,4\n',
      'rows/a.csv': 'x,y\n1,2\n',
      'rows/c/d.csv': 'x,y\n5,6\n',
      'rows/e.txt': 'no',
      'z.csv': 'z',
    });
    const tables = await open();
    const stat = (await tables.stat('rows/')) as ObjectStat;
    expect(stat.size).toBe(16);
    expect(await read(tables, stat)).toBe('x,y\n1,2\n3,4\n5,6\n');
    // Another process knows of it what the plan says.
    expect(await read(await open(), stat)).toBe('x,y\n1,2\n3,4\n5,6\n');
    expect(await tables.stat('rows/', stat.version)).toEqual(stat);
  });

  test('are read in any parts', async () => {
    put({ 'rows/a.csv': 'x\n1\n22\n', 'rows/b.csv': 'x\n', 'rows/c.csv': 'x\n333\n', 'rows/d.csv': 'x\n4\n' });
    const tables = await open();
    const stat = (await tables.stat('rows/')) as ObjectStat;
    const whole = await read(tables, stat);
    expect(whole).toBe('x\n1\n22\n333\n4\n');
    await fc.assert(
      fc.asyncProperty(fc.nat(stat.size), fc.nat(stat.size), async (start, end) => {
        expect(await read(tables, stat, start, end)).toBe(whole.slice(start, Math.max(start, end)));
      }),
      { numRuns: 50 },
    );
  });

  test('may become more, without a change of what was looked at', async () => {
    put({ 'rows/a.csv': 'x\n1\n' });
    const stat = (await (await open()).stat('rows/')) as ObjectStat;
    put({ 'rows/b.csv': 'x\n2\n' });
    expect(await read(await open(), stat)).toBe('x\n1\n');
    expect(await (await open()).stat('rows/')).toMatchObject({ size: 6 });
  });

  test.each<[string, () => void]>([
    ['written', () => put({ 'rows/a.csv': 'x\n7\n' })],
    ['removed', () => rmSync(join(folder, 'rows/a.csv'))],
    ['joined by one before the last', () => put({ 'rows/ab.csv': 'x\n7\n' })],
  ])('that are %s meanwhile are refused', async (_, change) => {
    put({ 'rows/a.csv': 'x\n1\n', 'rows/b.csv': 'x\n2\n' });
    const stat = (await (await open()).stat('rows/')) as ObjectStat;
    change();
    await expect(read(await open(), stat)).rejects.toMatchObject({ code: 'input.changed' });
    expect(await (await open()).stat('rows/', stat.version)).toBeUndefined();
  });

  test.each([
    ['x,y\n1,2\n', 'input.heading'],
    ['y\n1\n', 'input.heading'],
    ['x\n1', 'input.csv'],
  ])('of which one is %j are refused', async (text, code) => {
    put({ 'rows/a.csv': 'x\n1\n', 'rows/b.csv': text });
    const tables = await open();
    const looked = async () => read(tables, (await tables.stat('rows/')) as ObjectStat);
    await expect(looked()).rejects.toMatchObject({ code });
  });

  test('are none where there are none', async () => {
    put({ 'rows/a.txt': 'x', 'rows/empty.csv': '' });
    expect(await (await open()).stat('rows/')).toBeUndefined();
    expect(await (await open()).stat('nothing/')).toBeUndefined();
  });

  test('leave all other keys as they are', async () => {
    put({ 'rows/a.csv': 'x\n1\n' });
    const tables = await open();
    const stat = (await tables.stat('rows/a.csv')) as ObjectStat;
    const chunks = await Array.fromAsync(tables.read('rows/a.csv', stat, 2, 4));
    expect([stat.size, Buffer.concat(chunks).toString(), tables.url]).toEqual([4, '1\n', `file:${folder}`]);
    expect((await Array.fromAsync(tables.list('rows/'))).map(({ key }) => key)).toEqual(['rows/a.csv']);
  });
});
