import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame, HEADER, jsonRequest, rawOf, type DoorRequest, type Send } from './oip-client.ts';
import { doorOf } from './oip-expectations.ts';

const PATH = '/v2/models/identity_fp32/infer';
const INT_PATH = '/v2/models/identity_int64/infer';
const TEXT_PATH = '/v2/models/identity_bytes/infer';

type Bad = Pick<DoorRequest, 'path' | 'headers' | 'body'>;
const at = (path: string) => (body: string | Uint8Array) => ({ path, body });

const iris = jsonRequest('FP32', [2, 2], '[[5.1,3.5],[1.4,0.2]]', ',"id":"a","outputs":[{"name":"y"}]');

/** A request that is right but for one byte taken out, put in, changed, or all that follows it lost. */
const brokenJson = fc
  .record({
    index: fc.nat(iris.length - 1),
    byte: fc.integer({ min: 0, max: 255 }),
    way: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ index, byte, way }) => {
    const bytes = Buffer.from(iris);
    const [head, tail] = [bytes.subarray(0, index), bytes.subarray(index + 1)];
    if (way === 0) return Buffer.concat([head, tail]);
    if (way === 1) return Buffer.concat([head, Buffer.of(byte), bytes.subarray(index)]);
    return way === 2 ? Buffer.concat([head, Buffer.of(byte), tail]) : head;
  });

const wrongShape = fc
  .array(fc.oneof(fc.nat(10), fc.constantFrom(1e9, 2 ** 53, 1e300, -1, 0.5)), { maxLength: 5 })
  .filter((shape) => !(shape.length === 2 && (shape[0] as number) * (shape[1] as number) === 4))
  .map((shape) => jsonRequest('FP32', shape, '[1,2,3,4]'));

const wrongDatatype = fc
  .oneof(fc.string(), fc.constantFrom('fp32', 'FP64', 'BF16', 'STRING', '__proto__', 'constructor'))
  .filter((datatype) => datatype !== 'FP32')
  .map((datatype) => iris.replace('"FP32"', JSON.stringify(datatype)));

const wrongElement = fc
  .oneof(
    fc.constantFrom('1e39', '-1e39', '1e999999999', '"1"', 'true', '{}', '[1]', '1,', ',1', '1 1', '"\\x"', '\u0000'),
    fc.bigInt({ min: 10n ** 40n, max: 10n ** 60n }).map(String),
    fc.json({ maxDepth: 3 }).filter((json) => !/^[-\dn]/.test(json.trim())),
  )
  .map((element) => jsonRequest('FP32', [1, 2], `[1,${element}]`));

const wrongInteger = fc
  .oneof(
    fc.bigInt({ min: 2n ** 63n, max: 2n ** 200n }).map(String),
    fc.bigInt({ min: -(2n ** 200n), max: -(2n ** 63n) - 1n }).map(String),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value))
      .map(String),
    fc.constantFrom('1e19', '1e999999999', `1${'0'.repeat(10_000)}`, `0.${'0'.repeat(10_000)}1`, '1e-1', 'null', '"1"'),
  )
  .map((element) => jsonRequest('INT64', [1, 1], `[${element}]`));

const wrongText = fc
  .oneof(
    fc.constantFrom('"a\\u0000"', '"\\ud83d"', '"\\q"', '"\\u12g4"', '"a\nb"', '"', 'a', "'a'", '1', 'null'),
    fc.integer({ min: 0, max: 31 }).map((code) => `"${String.fromCharCode(code)}"`),
  )
  .map((element) => jsonRequest('BYTES', [1, 1], `[${element}]`));

/** Bytes that are no UTF-8, wherever a text may stand. */
const invalidUtf8 = fc
  .tuple(fc.constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]), fc.nat(4))
  .map(([bytes, place]) => {
    const text = ['{"§":1,', '{"id":"§",', '{"k":["§"],', '{"parameters":{"§":1},', '{"parameters":{"k":"§"},'][
      place
    ] as string;
    const [head, tail] = iris
      .replace('{', text)
      .replace(/,"id":"a"/, '')
      .split('§') as [string, string];
    return Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]);
  });

const deep = fc
  .tuple(
    fc.integer({ min: 65, max: 200_000 }),
    fc.constantFrom(...(['[', '{"a":'] as const)),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([depth, open, closed, inData]) => {
    const close = open === '[' ? ']' : '}';
    const nest = open.repeat(depth) + (closed ? `1${close.repeat(depth)}` : '');
    return inData ? jsonRequest('FP32', [1, 1], nest) : iris.replace('{', `{"k":${nest},`);
  });

const raw = rawOf('FP32', Float32Array.of(1, 2, 3, 4));
const binary = (size: unknown): object => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: size } }],
});
const wrongBinary: fc.Arbitrary<Bad> = fc.oneof(
  fc.nat(15).map((length) => ({ path: PATH, ...frame(binary(16), raw.subarray(0, length)) })),
  fc.integer({ min: 1, max: 99 }).map((extra) => ({ path: PATH, ...frame(binary(16), raw, Buffer.alloc(extra)) })),
  fc
    .oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null))
    .filter((size) => size !== 16)
    .map((size) => ({ path: PATH, ...frame(binary(size), raw) })),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => {
    const inputs = [{ name: 'x', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: bytes.length } }];
    return { path: TEXT_PATH, ...frame({ inputs }, Buffer.concat([Buffer.of(0xff), bytes])) };
  }),
);

const wrongHeader: fc.Arbitrary<Bad> = fc
  .oneof(
    fc.integer({ min: -1000, max: -1 }).map(String),
    fc.integer({ min: iris.length + 1 }).map(String),
    fc
      .double()
      .filter((value) => !Number.isInteger(value))
      .map(String),
    fc.integer({ min: 1, max: iris.length - 1 }).map(String),
    fc.constantFrom('abc', '', '1e1', '0x20', '9'.repeat(400), '1,2', '1 2'),
  )
  .map((length) => ({ path: PATH, headers: { [HEADER]: length }, body: iris }));

const wrongPacking: fc.Arbitrary<Bad> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((body) => ({ path: PATH, headers: { 'content-encoding': 'gzip' }, body })),
  fc.nat(40).map((length) => {
    const body = gzipSync(iris).subarray(0, length);
    return { path: PATH, headers: { 'content-encoding': 'gzip' }, body };
  }),
  fc.constantFrom('br', 'zstd', 'gzip, gzip', 'x', 'compress').map((encoding) => ({
    path: PATH,
    headers: { 'content-encoding': encoding },
    body: iris,
  })),
);

/** Each kind of bad request, and how many of it are made. */
const KINDS: readonly (readonly [string, number, fc.Arbitrary<Bad>])[] = [
  ['a body that is anything', 150, fc.uint8Array({ maxLength: 300 }).map(at(PATH))],
  ['JSON of some other shape', 150, fc.json({ maxDepth: 4 }).map(at(PATH))],
  ['a wrong shape', 120, wrongShape.map(at(PATH))],
  ['a wrong datatype', 80, wrongDatatype.map(at(PATH))],
  ['a wrong element', 150, wrongElement.map(at(PATH))],
  ['a wrong 64-bit integer', 120, wrongInteger.map(at(INT_PATH))],
  ['a wrong text', 60, wrongText.map(at(TEXT_PATH))],
  ['invalid UTF-8', 60, invalidUtf8.map(at(PATH))],
  ['deep nesting', 60, deep.map(at(PATH))],
  ['binary data of a wrong size', 150, wrongBinary],
  ['a wrong header', 100, wrongHeader],
  ['a wrong packing', 80, wrongPacking],
];

/** Long enough for a busy machine, far too short for anything that grows with the square of what is sent. */
const QUICKLY_MS = 2000;
const MEMORY = 64 * 1024 * 1024;

/** Whatever is sent, the answer is a 4xx with the protocol's error, soon, and nothing of it stays in memory. */
export function oipBadRequestContract(open: () => Promise<Send>): void {
  const { send } = doorOf(open);
  const answer = async (bad: Bad): Promise<{ status: number; keys: string[]; ms: number }> => {
    const started = performance.now();
    const { status, body } = await send({ method: 'POST', ...bad });
    const ms = performance.now() - started;
    return { status, keys: Object.keys(JSON.parse(Buffer.from(body).toString()) as object), ms };
  };
  const expectRefusal = async (bad: Bad): Promise<void> => {
    const { status, keys, ms } = await answer(bad);
    expect([status >= 400 && status < 500, keys], String(status)).toEqual([true, ['error']]);
    expect(ms).toBeLessThan(QUICKLY_MS);
  };

  describe('bad requests', () => {
    test.each(KINDS)('%s is refused: %i of them', async (_, numRuns, requests) => {
      await fc.assert(fc.asyncProperty(requests, expectRefusal), { numRuns });
    });

    test('one byte wrong is refused, or is another right request', async () => {
      const property = fc.asyncProperty(brokenJson, async (body) => {
        const { status, keys } = await answer({ path: PATH, body });
        if (status === 200) JSON.parse(Buffer.from(body).toString());
        else expect([status, keys]).toEqual([400, ['error']]);
      });
      await fc.assert(property, { numRuns: 1000 });
    });

    test('a zip bomb is unpacked no further than the limit, and memory stays flat', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000, '['));
      const hostile: Bad[] = [
        { path: PATH, headers: { 'content-encoding': 'gzip' }, body: bomb },
        { path: PATH, body: jsonRequest('FP32', [1e9, 1e9], `[${'1,'.repeat(400_000)}1]`) },
        { path: INT_PATH, body: jsonRequest('INT64', [1, 1], `[${'9'.repeat(900_000)}]`) },
        { path: INT_PATH, body: jsonRequest('INT64', [1, 1], `[1${'0'.repeat(400_000)}1e1]`) },
        { path: PATH, body: '['.repeat(900_000) },
      ];
      for (const bad of hostile) await expectRefusal(bad);
      const before = process.memoryUsage().rss;
      for (let round = 0; round < 10; round++) await Promise.all(hostile.map(expectRefusal));
      expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY);
    });
  });
}
