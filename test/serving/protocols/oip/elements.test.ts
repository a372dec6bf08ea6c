import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount } from '#core/model/tensor.ts';
import { readElements } from '#serving/protocols/oip/elements.ts';
import { Scanner } from '#serving/protocols/oip/scanner.ts';

const read = (text: string, shape: readonly number[]): number[] => {
  const scanner = new Scanner(Buffer.from(`${text}}`));
  const spec = { name: 'x', datatype: 'INT32', shape: shape.map(() => -1) } as const;
  const data = readElements(scanner, spec, shape) as Int32Array;
  expect(scanner.peek()).toBe('}'.charCodeAt(0));
  return Array.from(data);
};

/** `values` in arrays of arrays: `sizes` elements at each level, outermost first. */
function nest(values: readonly number[], sizes: readonly number[]): unknown[] {
  const [size, ...inner] = sizes;
  if (size === undefined) return [...values];
  const parts =
    size === 0 ? [] : Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
  return parts.map((part) => nest(part, inner));
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

describe('nesting', () => {
  test('flat, whole, or along any of the leading dimensions gives one tensor', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, choice) => {
        const values = Array.from({ length: elementCount(shape) }, (_, i) => i);
        const inner = shape.slice(1).map((_, axis) => elementCount(shape.slice(axis + 1)));
        const kept = inner.filter((_, axis) => (choice >> axis) & 1);
        expect(read(JSON.stringify(nest(values, kept)), shape)).toEqual(values);
        expect(read(JSON.stringify(nest(values, inner)), shape)).toEqual(values);
      }),
    );
  });

  test('along what is no dimension it is refused', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 64 }), (shape, size) => {
        const count = elementCount(shape);
        const dimensions = shape.slice(1).map((_, axis) => elementCount(shape.slice(axis + 1)));
        fc.pre(count % size === 0 && !dimensions.includes(size));
        const values = Array.from({ length: count }, (_, i) => i);
        expect(() => read(JSON.stringify(nest(values, [size])), shape)).toThrow('does not allow');
      }),
    );
  });

  test.each([
    ['[[[0,1,2,3]],[[4,5,6,7]]]', [2, 4]],
    ['[[[0,1,2,3]],[[4,5,6,7]]]', [2, 2, 2]],
    ['[[[0],[1]],[[2],[3]]]', [2, 2]],
    ['[[0,1],[2,3],[4,5,6]]', [7]],
    ['[[0,1],[2]]', [3, 1]],
    ['[[],[]]', [0]],
    ['[[0],[]]', [1, 1]],
  ])('%s is not %j', (text, shape) => {
    expect(() => read(text, shape)).toThrow(expect.objectContaining({ code: 'input.nesting' }) as Error);
  });

  test.each([
    ['[]', [0]],
    ['[]', [0, 3]],
    ['[[],[]]', [2, 0]],
    ['[[[],[]]]', [1, 2, 0]],
  ])('%s is %j', (text, shape) => {
    expect(read(text, shape)).toEqual([]);
  });

  test('a scalar is an array of one', () => {
    expect(read('[7]', [])).toEqual([7]);
    expect(() => read('[[7]]', [])).toThrow('nested deeper');
    expect(() => read('[7,8]', [])).toThrow('shape [] has 1 elements, data has 2');
  });
});

test('a shape sets aside no more memory than the body could fill', () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++)
    expect(() => read('[1,2]', [1e9, 1e9])).toThrow('has 1000000000000000000 elements, data has 2');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});
