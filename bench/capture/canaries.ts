import { gzipSync } from 'node:zlib';
import { type WireRequest, wireRequest } from './hammer.ts';

/** What stands in sensitive fields, and is to be found nowhere: a text, a number that FP32 holds, and an integer. */
const TEXT = 'Kanarienvogel-Zq7';
const NUMBER = '8388607.5';
const INTEGER = '6660013370042';

/** The same in the forms that it could slip through in: as text, in base64 at any place, in hex, as raw numbers. */
export function canaryForms(): readonly Buffer[] {
  const digits = NUMBER.replace('.', '').slice(0, 7);
  const texts = [TEXT, digits, INTEGER];
  const base64 = texts.flatMap((text) =>
    // The characters that depend on what stands before and behind it are cut off.
    [0, 1, 2].map((offset) =>
      Buffer.from('\0'.repeat(offset) + text)
        .toString('base64')
        .slice(4, -4),
    ),
  );
  const raw = Buffer.alloc(12);
  raw.writeDoubleLE(Number(NUMBER), 0);
  raw.writeFloatLE(Number(NUMBER), 8);
  const integer = Buffer.alloc(16);
  integer.writeBigInt64LE(BigInt(INTEGER), 0);
  integer.writeDoubleLE(Number(INTEGER), 8);
  const hex = texts.map((text) => Buffer.from(text).toString('hex'));
  return [
    ...[...texts, ...base64, ...hex].map((text) => Buffer.from(text)),
    raw.subarray(0, 8),
    raw.subarray(8),
    integer.subarray(0, 8),
    integer.subarray(8),
  ];
}

/** The columns of the rows that `people` takes. */
export const COLUMNS = ['name', 'id', 'note', 'city'] as const;

/** What of the three models is sensitive, by whatever names there are: columns, tensors, elements. */
export const CAPTURES = {
  people: { perSecond: 10_000, subject: 'x-user', sensitive: { name: 'drop', id: 'hash', city: 'mask', y: 'drop' } },
  incomes: { perSecond: 10_000, subject: 'x-user', sensitive: { 'x[1]': 'mask', 'y[1]': 'hash' } },
  numbers: { perSecond: 10_000, subject: 'x-user', sensitive: { x: 'hash', y: 'drop' } },
} as const;

const json = (datatype: string, shape: readonly number[], data: string): string =>
  `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[${shape.join(',')}],"data":${data}}]}`;

const infer = (model: string): string => `/v2/models/${model}/infer`;
const SUBJECT = { 'x-user': TEXT };

/** What is asked over and over: most of it in order, and all that can be wrong with a sensitive value. */
export function canaryRequests(): readonly WireRequest[] {
  const row = JSON.stringify([TEXT, `id ${TEXT}`, 'a note', `${TEXT} town`]);
  const good = [
    wireRequest(infer('people'), json('BYTES', [1, 4], row), SUBJECT),
    wireRequest(infer('people'), gzipSync(json('BYTES', [1, 4], row)), { ...SUBJECT, 'content-encoding': 'gzip' }),
    wireRequest(infer('people'), json('BYTES', [2, 4], `[${row},${row}]`), SUBJECT),
    wireRequest('/invocations', json('BYTES', [1, 4], row), { ...SUBJECT, 'x-amzn-sagemaker-target-model': 'people' }),
    wireRequest(infer('incomes'), json('FP32', [1, 3], `[1.5,${NUMBER},null]`), SUBJECT),
    wireRequest(infer('numbers'), json('INT64', [1, 1], `[${INTEGER}]`), SUBJECT),
  ];
  const bad = [
    wireRequest(infer('people'), json('BYTES', [1, 4], row.replace('town', '\\u0000')), SUBJECT, false),
    wireRequest(infer('people'), json('BYTES', [1, 4], row.replace('town', '\\ud800')), SUBJECT, false),
    wireRequest(infer('people'), json('BYTES', [1, 5], row), SUBJECT, false),
    wireRequest(infer('people'), json('BYTES', [1, 4], row).slice(0, -12), SUBJECT, false),
    wireRequest(infer('people'), json('BYTES', [1, 4], `[${row}`), SUBJECT, false),
    wireRequest(infer('people'), json('BYTES', [1, 4], row.replace('"', '')), SUBJECT, false),
    wireRequest(infer('incomes'), json('FP32', [1, 3], `[1,${NUMBER}e90,2]`), SUBJECT, false),
    wireRequest(infer('incomes'), json('FP32', [1, 3], `[1,"${NUMBER}",2]`), SUBJECT, false),
    wireRequest(infer('numbers'), json('INT64', [1, 1], `[${INTEGER}0000000000]`), SUBJECT, false),
    wireRequest(infer('numbers'), json('INT64', [1, 1], `[${INTEGER}.5]`), SUBJECT, false),
    wireRequest(infer('numbers'), json('INT64', [1, 1], `[0${INTEGER}]`), SUBJECT, false),
  ];
  // One in fifty is bad.
  return [...bad.flatMap((each) => [...Array.from({ length: 8 }, () => good).flat(), each]), ...good];
}
