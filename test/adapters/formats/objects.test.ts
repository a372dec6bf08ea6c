import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodeJpeg } from 'jpeg-js';
import * as fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { objectsFormat } from '#adapters/formats/objects.ts';
import { openStore } from '#adapters/stores.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { Format, RowsRequest, Source } from '#core/scoring/format.ts';
import { findObjects, objectsLayout } from '#core/scoring/object-list.ts';
import type { BadRow } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { MemoryInputs } from './memory-inputs.ts';
import { encodePng } from './png-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'onnward-objects-'));
afterAll(() => rmSync(folder, { recursive: true }));

let store: ObjectStore;
let inputs: MemoryInputs;
let format: Format;
let jobs = 0;
beforeEach(async () => {
  jobs += 1;
  store = await openStore(`file:${join(folder, String(jobs))}`);
  inputs = new MemoryInputs();
  format = objectsFormat(store);
});

const LIST = 'batch/jobs/job/objects-000000.jsonl';
const signatureOf = (datatype: Datatype, shape: number[]): Manifest['signature'] => ({
  inputs: [{ name: 'x', datatype, shape }],
  outputs: [],
  unserved: [],
});

async function sourceOf(prefix = 'in/'): Promise<Source> {
  const { size, version } = await findObjects(inputs, prefix);
  return { reader: inputs, input: { store: inputs.url, key: prefix, size, version, format: 'objects' } };
}

interface Rows {
  readonly rows: number[][];
  readonly kept: string[];
  readonly bad: BadRow[];
}

async function read(
  source: Source,
  parts: readonly ShardPart[],
  model: Parameters<typeof objectsLayout>[0],
  options: Partial<RowsRequest> = {},
): Promise<Rows> {
  const layout = objectsLayout(model);
  const found: Rows = { rows: [], kept: [], bad: [] };
  const { preprocess } = model;
  for (const part of parts) {
    const request = { part, layout, batchRows: 3, ...(preprocess && { preprocess }), ...options };
    for await (const event of format.rows(source, request)) {
      if ('bad' in event) {
        found.bad.push(event.bad);
        continue;
      }
      const { rows, kept } = event.batch;
      const data = Array.from(event.batch.inputs[0]!.data as ArrayLike<number>);
      const width = data.length / event.batch.inputs[0]!.shape[0]!;
      for (let row = 0; row < rows; row++) found.rows.push(data.slice(row * width, (row + 1) * width));
      found.kept.push(...kept[0]!);
    }
  }
  return found;
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const pair = signatureOf('FP32', [-1, 2]);
/** A picture of one grey. */
const grey = (level: number) =>
  encodePng({ width: 4, height: 4, depth: 8, colourType: 0, pixels: Array.from({ length: 16 }, () => [level]) });

describe('bare tensors', () => {
  test('are rows, in the order of their keys, which go along', async () => {
    for (const [index, key] of ['b.bin', 'a/c.raw', 'a b+ü.BIN', 'a.bin'].entries())
      inputs.put(`in/${key}`, floats(index, 0.5));
    inputs.put('elsewhere/a.bin', floats(9, 9));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1000, listKey: LIST });
    expect(parts).toEqual([{ kind: 'objects', list: LIST, from: 0, to: 4 }]);
    const { rows, kept, bad } = await read(source, parts, { signature: pair });
    expect(bad).toEqual([]);
    expect(kept).toEqual(['in/a b+ü.BIN', 'in/a.bin', 'in/a/c.raw', 'in/b.bin']);
    expect(rows).toEqual([
      [2, 0.5],
      [3, 0.5],
      [1, 0.5],
      [0, 0.5],
    ]);
  });

  test('of any bytes are the same elements', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.float({ noNaN: true }), { minLength: 2, maxLength: 2 }), async (values) => {
        inputs.put('in/a.bin', floats(...values));
        const source = await sourceOf();
        const listKey = `lists/${source.input.version}-${values.join()}.jsonl`;
        const { rows } = await read(source, await format.cut(source, { partBytes: 1, listKey }), { signature: pair });
        expect(rows).toEqual([values]);
      }),
      { numRuns: 20 },
    );
  });

  test('of another size are bad rows, of which the next is not', async () => {
    inputs.put('in/a.bin', floats(1));
    inputs.put('in/b.bin', new Uint8Array());
    inputs.put('in/c.bin', floats(1, 2));
    const source = await sourceOf();
    const { rows, bad } = await read(source, await format.cut(source, { partBytes: 1000, listKey: LIST }), {
      signature: pair,
    });
    expect(rows).toEqual([[1, 2]]);
    expect(bad).toMatchObject([
      {
        row: 0,
        position: 0,
        key: 'in/a.bin',
        code: 'row.bytes',
        message: "in/a.bin has 4 bytes; input 'x' takes 8.",
        length: 0,
      },
      { row: 1, position: 1, key: 'in/b.bin', code: 'row.bytes' },
    ]);
  });

  test('of truths are 0 or 1', async () => {
    inputs.put('in/a.bin', Uint8Array.of(0, 1));
    inputs.put('in/b.bin', Uint8Array.of(0, 2));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1000, listKey: LIST });
    const { rows, bad } = await read(source, parts, { signature: signatureOf('BOOL', [-1, 2]) });
    expect(rows).toEqual([[0, 1]]);
    expect(bad).toMatchObject([{ code: 'row.range', key: 'in/b.bin' }]);
  });

  test('over the limit are bad rows, and not read', async () => {
    inputs.put('in/a.bin', new Uint8Array(8 * 2 ** 20 + 1));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1000, listKey: LIST });
    const { bad } = await read(source, parts, { signature: pair });
    expect(bad).toMatchObject([{ code: 'row.too_long', message: 'in/a.bin has 8388609 bytes; the limit is 8388608.' }]);
    expect(inputs.bytesRead).toBe(0);
  });
});

describe('pictures', () => {
  const model = { signature: signatureOf('FP32', [-1, 1, 2, 2]) };

  test('become what one of them becomes in a call', async () => {
    inputs.put('in/a.png', grey(255));
    inputs.put('in/b.png', grey(51));
    const jpeg = encodeJpeg({ width: 8, height: 8, data: new Uint8Array(256).fill(255) }, 100).data;
    inputs.put('in/c.JPG', jpeg);
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1000, listKey: LIST });
    const plain = await read(source, parts, model);
    expect(plain.rows).toEqual([[1, 1, 1, 1], [0.2, 0.2, 0.2, 0.2].map(Math.fround), [1, 1, 1, 1]]);
    const scaled = await read(source, parts, { ...model, preprocess: [{ step: 'image', scale: [0, 255] }] });
    expect(scaled.rows[1]).toEqual([51, 51, 51, 51]);
  });

  test('that cannot be decoded are bad rows', async () => {
    inputs.put('in/a.png', Buffer.from('no picture'));
    inputs.put('in/b.png', grey(0).subarray(0, 40));
    inputs.put('in/c.jpg', new Uint8Array());
    inputs.put('in/d.png', grey(255));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 10_000, listKey: LIST });
    const { rows, bad } = await read(source, parts, model);
    expect(rows).toEqual([[1, 1, 1, 1]]);
    expect(bad.map(({ code }) => code)).toEqual(['row.image', 'row.image', 'row.image']);
    expect(bad[0]!.message).toBe('in/a.png is neither a PNG nor a JPEG.');
  });

  test('of a model that leaves their size open have that of the step', async () => {
    inputs.put('in/a.png', grey(255));
    const open = { signature: signatureOf('FP32', [-1, 3, -1, -1]) };
    expect(() => objectsLayout(open)).toThrow(expect.objectContaining({ code: 'preprocess.shape' }));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 10_000, listKey: LIST });
    const step = { ...open, preprocess: [{ step: 'image', width: 2, height: 1 }] };
    expect((await read(source, parts, step)).rows).toEqual([[1, 1, 1, 1, 1, 1]]);
  });

  test('and a step that does not go with the model is told once, not by row', async () => {
    inputs.put('in/a.png', grey(255));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 10_000, listKey: LIST });
    const unknown = { ...model, preprocess: [{ step: 'rotate' }] };
    await expect(read(source, parts, unknown)).rejects.toMatchObject({ code: 'preprocess.unknown' });
  });
});

test('a model of several inputs, or of texts, takes no objects', () => {
  const two = { inputs: [...pair.inputs, ...pair.inputs], outputs: [], unserved: [] };
  for (const signature of [two, signatureOf('BYTES', [-1, 1]), signatureOf('FP32', [])])
    expect(() => objectsLayout({ signature })).toThrow(expect.objectContaining({ code: 'batch.columns' }));
});

describe('a survey', () => {
  test('counts what is a row and what is passed over', async () => {
    for (const key of ['a.png', 'b.bin', '.hidden.png', 'a.png.batch.json', 'notes.txt', 'table.csv', 'deep/c.jpeg'])
      inputs.put(`in/${key}`, floats(1, 2));
    const source = await sourceOf();
    expect(await format.survey(source)).toEqual({ heading: ['key'], rows: 3, exact: true, passedOver: 4 });
    expect(source.input.size).toBe(24);
  });

  test('has another version where one comes, goes, is renamed or replaced', async () => {
    inputs.put('in/a.bin', floats(1, 2));
    const versions = [(await sourceOf()).input.version];
    inputs.put('in/b.bin', floats(1, 2));
    versions.push((await sourceOf()).input.version);
    inputs.put('in/b.bin', floats(3, 4), '2');
    versions.push((await sourceOf()).input.version);
    inputs.objects.delete('in/a.bin');
    versions.push((await sourceOf()).input.version);
    expect(new Set(versions).size).toBe(4);
    inputs.put('in/notes.txt', floats(1));
    expect((await sourceOf()).input.version).toBe(versions.at(-1));
  });
});

describe('a cut', () => {
  const many = (count: number, size = 8) => {
    for (let index = 0; index < count; index++)
      inputs.put(`in/${String(index).padStart(6, '0')}.bin`, new Uint8Array(size));
  };

  test('goes by bytes, and no object is in two parts or in none', async () => {
    many(10);
    const parts = await format.cut(await sourceOf(), { partBytes: 24, listKey: LIST });
    expect(parts.map((part) => part.kind === 'objects' && [part.from, part.to])).toEqual([
      [0, 3],
      [3, 6],
      [6, 9],
      [9, 10],
    ]);
    expect(await Promise.all(parts.map((part) => format.count({} as Source, part)))).toEqual([3, 3, 3, 1]);
  });

  test('goes by lists, so that a worker reads one of 10,000 names, and not all', async () => {
    many(20_001);
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1e9, listKey: LIST });
    const second = LIST.replace('.jsonl', '-000001.jsonl');
    const third = LIST.replace('.jsonl', '-000002.jsonl');
    expect(parts).toEqual([
      { kind: 'objects', list: LIST, from: 0, to: 10_000 },
      { kind: 'objects', list: second, from: 10_000, to: 20_000 },
      { kind: 'objects', list: third, from: 20_000, to: 20_001 },
    ]);
    inputs.put('in/020000.bin', new Uint8Array(7), '1');
    const { bad } = await read(source, [{ kind: 'objects', list: second, from: 19_999, to: 20_000 }, parts[2]!], {
      signature: pair,
    });
    expect(bad).toMatchObject([{ row: 0, position: 20_000, key: 'in/020000.bin' }]);
  });

  test('is the same when it is made again, and refused where the objects are others', async () => {
    many(3);
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 10, listKey: LIST });
    expect(await format.cut(source, { partBytes: 10, listKey: LIST })).toEqual(parts);
    many(4);
    await expect(format.cut(source, { partBytes: 10, listKey: LIST })).rejects.toMatchObject({ code: 'input.changed' });
    await expect(format.cut(await sourceOf(), { partBytes: 10, listKey: LIST })).rejects.toMatchObject({
      code: 'input.changed',
    });
  });

  test('of nothing is one part without rows', async () => {
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 10, listKey: LIST });
    expect(parts).toEqual([{ kind: 'objects', list: LIST, from: 0, to: 0 }]);
    expect(await read(source, parts, { signature: pair })).toEqual({ rows: [], kept: [], bad: [] });
  });
});

describe('objects that change under way', () => {
  test('are bad rows where they were replaced or removed', async () => {
    for (const name of ['a', 'b', 'c']) inputs.put(`in/${name}.bin`, floats(1, 2));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1000, listKey: LIST });
    inputs.put('in/a.bin', floats(3, 4), '2');
    inputs.objects.delete('in/b.bin');
    const { rows, bad } = await read(source, parts, { signature: pair });
    expect(rows).toEqual([[1, 2]]);
    expect(bad.map(({ code, key }) => [code, key])).toEqual([
      ['row.changed', 'in/a.bin'],
      ['row.changed', 'in/b.bin'],
    ]);
  });

  test('no read goes on when nobody asks any more, and what fails is told', async () => {
    for (let index = 0; index < 30; index++) inputs.put(`in/${index}.bin`, floats(1, 2));
    const source = await sourceOf();
    const parts = await format.cut(source, { partBytes: 1e6, listKey: LIST });
    const { rows } = await read(source, parts, { signature: pair }, { limit: 2 });
    expect(rows).toHaveLength(2);
    expect(inputs.open).toBe(0);
    expect(inputs.bytesRead).toBeLessThanOrEqual(10 * 8);
    inputs.read = () => {
      throw new Error('the network is gone');
    };
    await expect(read(source, parts, { signature: pair })).rejects.toThrow('the network is gone');
  });
});
