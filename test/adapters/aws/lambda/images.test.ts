import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FunctionFacts } from '#adapters/aws/lambda/facts.ts';
import { digestsOf, removeImages } from '#adapters/aws/lambda/images.ts';
import { type Asked, jsonServer, refusal, type Said } from '../../../support/json-server.ts';

const digest = (number: number): string => number.toString(16).padStart(64, '0');
const LIST = 'GET /2015-03-31/functions?FunctionVersion=ALL';

let server: Awaited<ReturnType<typeof jsonServer>>;
let answer: (asked: Asked) => Said;
beforeEach(async () => {
  server = await jsonServer((asked) => answer(asked));
});
afterEach(() => server.stop());

const remove = (digests: readonly string[]) =>
  removeImages({ region: 'eu-west-1', repository: 'onnward-dev-inference', digests });

const deleted = (): unknown[] =>
  server.asked.filter(({ operation }) => operation === 'BatchDeleteImage').map(({ input }) => input);

test('images that no version of any function is made of are deleted, by their digest', async () => {
  answer = ({ operation }) => {
    if (operation === LIST) return { body: { Functions: [{ CodeSha256: digest(1) }], NextMarker: 'more' } };
    if (operation.startsWith(LIST)) return { body: { Functions: [{ CodeSha256: digest(3) }, { CodeSha256: 'zip=' }] } };
    return { body: { imageIds: [], failures: [{ failureCode: 'ImageNotFound' }] } };
  };
  expect(await remove([1, 2, 3, 4].map(digest))).toEqual([digest(2), digest(4)]);
  expect(deleted()).toEqual([
    {
      repositoryName: 'onnward-dev-inference',
      imageIds: [{ imageDigest: `sha256:${digest(2)}` }, { imageDigest: `sha256:${digest(4)}` }],
    },
  ]);
});

test('a hundred go at once', async () => {
  answer = ({ operation }) => (operation.startsWith(LIST) ? { body: { Functions: [] } } : { body: {} });
  expect(await remove(Array.from({ length: 250 }, (_, index) => digest(index)))).toHaveLength(250);
  expect(deleted().map((input) => (input as { imageIds: [] }).imageIds.length)).toEqual([100, 100, 50]);
});

test('nothing is deleted where it cannot be known what is in use', async () => {
  answer = () => refusal('AccessDeniedException', 'not authorized to perform: lambda:ListFunctions', 403);
  await expect(remove([digest(1)])).rejects.toMatchObject({ code: 'aws.access_denied' });
  expect(deleted()).toEqual([]);
});

test('where all are in use, or there are none, nothing is asked', async () => {
  answer = () => ({ body: { Functions: [{ CodeSha256: digest(1) }] } });
  expect(await remove([digest(1)])).toEqual([]);
  expect(deleted()).toEqual([]);
  server.asked.length = 0;
  expect(await remove([])).toEqual([]);
  expect(server.asked).toEqual([]);
});

test('only what is made of an image has a digest', () => {
  const facts = (packageType: 'Zip' | 'Image', codeSha256: string) => ({ packageType, codeSha256 }) as FunctionFacts;
  const versions = [
    facts('Image', digest(1)),
    facts('Image', digest(1)),
    facts('Zip', digest(2)),
    facts('Image', 'm/Q='),
    facts('Image', digest(3)),
  ];
  expect(digestsOf(versions)).toEqual([digest(1), digest(3)]);
});
