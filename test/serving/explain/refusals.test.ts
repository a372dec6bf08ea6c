import * as fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { readRequest } from '#serving/explain/request.ts';
import { asker, hostOf, modelOf, scoring, spec } from './asked.ts';

const product = scoring(2, ([a, b]) => [a! * b!]);
const ask = asker(hostOf(product));
const asked = (instances: unknown, parameters: unknown = { background: [[0, 0]] }) => ask({ instances, parameters });

describe('what is refused', () => {
  const rows = [[0, 0]];
  test.each([
    ['no JSON', 'nonsense', 'the body is no JSON in UTF-8: Send {"instances"'],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff), 'the body is no JSON in UTF-8'],
    ['a list', [], 'the body is no JSON object'],
    ['no instances', {}, 'the body has no list of "instances"'],
    ['none of them', { instances: [] }, 'the body has no instance in it'],
    ['too many', { instances: Array.from({ length: 101 }, () => [1, 2]) }, 'the body has 101 instances, 100 at most'],
    [
      'nothing to compare with',
      { instances: [[1, 2]] },
      "version 7 of 'm' has no baseline: Send rows in 'parameters.background', or register the model with `--baseline FILE`.",
    ],
    ['a wrong width', { instances: [[1, 2, 3]] }, 'instance 0: input "x" has a list of 3 elements, expected 2'],
    [
      'a wrong width of the background',
      { instances: [[1, 2]], parameters: { background: [[1]] } },
      'background row 0: input "x" has a list of 1 elements, expected 2',
    ],
    [
      'a text for a number',
      { instances: [[1, 'secret']], parameters: { background: rows } },
      'instance 0: feature "x[1]" is a string that FP32 does not hold',
    ],
    [
      'a number out of range',
      { instances: [[1, 1e300]], parameters: { background: rows } },
      'instance 0: feature "x[1]" is a number that FP32 does not hold',
    ],
    [
      'a list for a number',
      { instances: [[1, [2]]], parameters: { background: rows } },
      'instance 0: feature "x[1]" is a list or an object that FP32 does not hold',
    ],
    [
      'a number for a row',
      { instances: [1], parameters: { background: rows } },
      'instance 0: input "x" is no list, expected 2 elements',
    ],
    [
      'an unknown feature',
      { instances: [{ 'x[0]': 1, 'x[2]': 1 }], parameters: { background: rows } },
      'instance 0 has "x[2]", which is no feature; expected x[0], x[1]',
    ],
    ['a missing feature', { instances: [{ 'x[0]': 1 }], parameters: { background: rows } }, 'instance 0 lacks "x[1]"'],
    [
      'an unknown parameter',
      { instances: [[1, 2]], parameters: { sample: 2 } },
      'parameters.sample is no field; these are: method, samples, seed',
    ],
    [
      'a method that there is not',
      { instances: [[1, 2]], parameters: { method: 'lime' } },
      'parameters.method is to be one of auto, exact, linear, kernel, permutation, occlusion',
    ],
    [
      'samples of a text',
      { instances: [[1, 2]], parameters: { samples: '9' } },
      'parameters.samples is to be a whole number from 2 to 1000000',
    ],
    ['parameters that are none', { instances: [[1, 2]], parameters: [] }, 'parameters is to be an object'],
    [
      'too much of a background',
      { instances: [[1, 2]], parameters: { background: Array.from({ length: 1001 }, () => [1, 2]) } },
      'parameters.background is to have 1000 rows at most',
    ],
    [
      'another output',
      { instances: [[1, 2]], parameters: { background: rows, output: 'z' } },
      'the model has no output "z", it has y',
    ],
    [
      'another class',
      { instances: [[1, 2]], parameters: { background: rows, outputs: [1] } },
      'output "y" has no class 1; it has indices from 0 to 0',
    ],
    [
      'log odds of a number',
      { instances: [[1, 2]], parameters: { background: rows, link: 'logit' } },
      'output "y" is no probability, so it has no log odds',
    ],
    [
      'a picture of a table',
      { instances: [[1, 2]], parameters: { method: 'occlusion' } },
      'the model takes no picture: x [-1, 2]',
    ],
    [
      'a product as a sum',
      { instances: [[1, 2]], parameters: { background: rows, method: 'linear' } },
      'the model is no sum of terms of one feature each',
    ],
    [
      'what the model has no number for',
      { instances: [[3e38, 3e38]], parameters: { background: rows } },
      'the model says Infinity, which cannot be shared out among features',
    ],
  ])('%s', async (_, body, error) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(error);
    expect(answer.body.error).not.toContain('secret');
  });

  test('models and versions that there are not', async () => {
    const missing = asker({
      ...hostOf(product),
      find: () => {
        throw new OnnwardError('no such model', { code: 'model.not_found', kind: 'not-found' });
      },
    });
    expect(await missing({ instances: [[1, 2]] })).toMatchObject({ status: 404 });
  });

  test('a body over the limit', async () => {
    const small = asker(hostOf(product), {}, 100);
    expect(await small({ instances: [Array.from({ length: 100 }, () => 1)] })).toMatchObject({ status: 413 });
  });

  test('rows of a model that makes one answer of all of them', async () => {
    const whole = modelOf([spec('x', 'FP32', -1, 2)], [spec('y', 'FP32')], () => [
      { datatype: 'FP32', shape: [], data: Float32Array.of(1) },
    ]);
    const { status, body } = await asker(hostOf(whole))({ instances: [[1, 2]], parameters: { background: [[0, 0]] } });
    expect([status, body.error]).toEqual([400, expect.stringContaining('so no row can be explained by itself')]);
  });
});

test('what the runtime says of sensitive values is not told', async () => {
  const talking = modelOf(product.signature.inputs, product.signature.outputs, ([x]) => {
    throw new OnnwardError(`cannot compute ${String(x!.data)}`, { code: 'model.run_failed', kind: 'invalid' });
  });
  const host = hostOf(talking);
  const body = { instances: [[41_234, 2]], parameters: { background: [[0, 0]] } };
  expect((await asker(host)(body)).body.error).toContain('41234');
  const sensitive = await asker({ ...host, capture: { isSensitive: () => true } as never })(body);
  expect(sensitive).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('some are sensitive') as string },
  });
});

describe('limits', () => {
  const wide = scoring(30, (row) => [Math.max(...row) * row[0]!]);
  const row = Array.from({ length: 30 }, (_, at) => at + 1);
  const background = Array.from({ length: 1000 }, (_, at) => row.map((value) => value * Math.sin(at)));

  test('more rows than a request may ask of the model', async () => {
    const { status, body } = await asker(hostOf(wide))({ instances: [row], parameters: { background, samples: 2000 } });
    expect(status).toBe(413);
    expect(body.error).toMatch(
      /to explain 30 features against 1000 rows would ask the model 2\d{6} rows, the limit is 999999 for this row: .*'background'/,
    );
  });

  test('a row among many has its part of them', async () => {
    const { status, body } = await asker(hostOf(wide))({
      instances: Array.from({ length: 50 }, () => row),
      parameters: { background },
    });
    expect(status).toBe(413);
    expect(body.error).toContain('the limit is 19999 for this row');
  });

  test('a picture in too many patches', async () => {
    const large = modelOf([spec('x', 'FP32', -1, 1, 1100, 1000)], [spec('y', 'FP32', -1, 1)], ([x]) => [
      { datatype: 'FP32', shape: [x!.shape[0]!, 1], data: new Float32Array(x!.shape[0]!) },
    ]);
    const { status, body } = await asker(hostOf(large))({
      instances: [Array.from({ length: 1_100_000 }, () => 1)],
      parameters: { patch: 1 },
    });
    expect([status, body.error]).toEqual([413, expect.stringContaining("Raise 'patch'")]);
  });

  test('a model that is slow is given up at the deadline', async () => {
    const slow = modelOf(wide.signature.inputs, wide.signature.outputs, async (inputs) => {
      await sleep(20);
      return wide.infer(inputs);
    });
    const started = performance.now();
    const { status, body } = await asker(hostOf(slow), { deadlineMs: 200 })({
      instances: [row],
      parameters: { background: background.slice(0, 100) },
    });
    expect([status, body.error]).toEqual([413, expect.stringContaining('was not done within 200 ms, its limit')]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('a third explanation at once is told to come again', async () => {
    const gate = Promise.withResolvers<void>();
    const held = modelOf(product.signature.inputs, product.signature.outputs, async (inputs) => {
      await gate.promise;
      return product.infer(inputs);
    });
    const askHeld = asker(hostOf(held));
    const first = [1, 2].map(() => askHeld({ instances: [[1, 2]], parameters: { background: [[0, 0]] } }));
    await sleep(50);
    expect(await askHeld({ instances: [[1, 2]], parameters: { background: [[0, 0]] } })).toMatchObject({ status: 429 });
    gate.resolve();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await asked([[1, 2]])).toMatchObject({ status: 200 });
  });
});

describe('whatever is sent', () => {
  test('the reader of requests refuses or reads it', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify({ instances: [value], parameters: value })),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((each) => Buffer.from(each)),
          fc.uint8Array(),
        ),
        (bytes) => {
          try {
            expect(readRequest(bytes).instances.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ kind: 'invalid', code: expect.stringMatching(/^explain\./) as string });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('no request makes the server fail', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.array(fc.double(), { maxLength: 3 }), fc.constant([1, 2]));
    const parameters = fc.record(
      {
        method: fc.constantFrom('auto', 'exact', 'kernel', 'permutation', 'linear', 'occlusion', 'none'),
        samples: fc.oneof(fc.integer({ min: -1, max: 50 }), value),
        seed: fc.oneof(fc.nat(), value),
        background: fc.array(value, { maxLength: 3 }),
        outputs: fc.oneof(value, fc.constant('all'), fc.constant([0])),
        output: fc.constantFrom('y', 'x', ''),
        link: fc.constantFrom('logit', 'identity', null),
        top: value,
        patch: value,
        fill: value,
        overlap: value,
      },
      { requiredKeys: [] },
    );
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 3 }), parameters, async (instances, given) => {
        const { status } = await asked(instances, given);
        statuses.add(status);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    expect(statuses).toContain(400);
  });
});
