import { assert, constantFrom, property, stringMatching, tuple, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as names from '#core/deployment/names.ts';

const stages = stringMatching(/^[a-z][a-z0-9]{0,19}$/);
const models = stringMatching(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/);

describe('the name of a function', () => {
  test.each([
    ['dev', 'iris', 'onnward-dev-iris'],
    ['prod', 'credit_risk', 'onnward-prod-credit_risk'],
    ['dev', 'iris.v2', 'onnward-dev-iris-v2-738f7ad0'],
  ])('of %s and %s is %s', (stage, model, name) => {
    expect(names.functionName(stage, model)).toBe(name);
  });

  test('is one that Lambda takes, whatever the model is called', () => {
    assert(
      property(stages, models, (stage, model) => {
        expect(names.functionName(stage, model)).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
      }),
    );
  });

  test('is no other model’s', () => {
    const pairs = tuple(stages, uniqueArray(models, { minLength: 2, maxLength: 20 }));
    assert(
      property(pairs, ([stage, all]) => {
        expect(new Set(all.map((model) => names.functionName(stage, model))).size).toBe(all.length);
      }),
    );
    // Two that differ only in what Lambda would not take, or only at the end.
    expect(names.functionName('dev', 'a.b')).not.toBe(names.functionName('dev', 'a-b'));
    expect(names.functionName('dev', `${'a'.repeat(62)}b`)).not.toBe(names.functionName('dev', `${'a'.repeat(62)}c`));
  });

  test('is no other stage’s', () => {
    assert(
      property(stages, stages, models, models, (one, other, model, another) => {
        if (one === other) return;
        expect(names.functionName(one, model)).not.toBe(names.functionName(other, another));
      }),
    );
  });

  test('is never that of a function of ours', () => {
    assert(
      property(stages, models, (stage, model) => {
        const name = names.functionName(stage, model);
        expect([names.catalogueName(stage), names.liveAliasName(stage), names.batchName(stage)]).not.toContain(name);
      }),
    );
  });
});

test('a bucket is one account’s, in one region', () => {
  const name = names.bucketName('a'.repeat(20), '111122223333', 'ap-southeast-2');
  expect(name).toBe(`onnward-${'a'.repeat(20)}-111122223333-ap-southeast-2`);
  expect(name.length).toBeLessThanOrEqual(63); // Source: the S3 user guide, "General purpose bucket naming rules".
});

test('everything of a stage carries its name', () => {
  expect(names.stackName('prod')).toBe('onnward-prod');
  expect(names.registryStackName('prod')).toBe('onnward-prod-registry');
  expect(names.repositoryName('prod')).toBe('onnward-prod-inference');
  expect(names.serviceName('prod')).toBe('onnward-prod');
  expect(names.batchName('prod')).toBe('onnward-prod--batch');
  expect(names.undeliveredName('prod')).toBe('onnward-prod--batch-undelivered');
});

describe('an alarm of a model', () => {
  test('is known by its name', () => {
    assert(
      property(stages, models, constantFrom(...names.MODEL_ALARMS), (stage, model, what) => {
        const name = names.alarmName(stage, model, what);
        expect(name.startsWith(names.alarmPrefix(stage, model))).toBe(true);
        expect(names.alarmOf(stage, model, name)).toBe(what);
      }),
    );
  });

  test('is no other model’s, not even of one whose name it begins with', () => {
    const ends = constantFrom('', '-a', '-latency', '-cold', '-errors', '-accuracy');
    const some = tuple(models, ends).map(([model, end]) => `${model}${end}`);
    assert(
      property(some, some, constantFrom(...names.MODEL_ALARMS), (model, other, what) => {
        if (model === other) return;
        expect(names.alarmOf('dev', other, names.alarmName('dev', model, what))).toBeUndefined();
      }),
    );
    expect(names.alarmOf('dev', 'iris', 'onnward-dev-iris-large-errors')).toBeUndefined();
    expect(names.alarmOf('dev', 'iris-large', 'onnward-dev-iris-large-errors')).toBe('errors');
    expect(names.alarmOf('dev', 'iris', 'onnward-dev--api-errors')).toBeUndefined();
  });
});

describe('the file of a gate', () => {
  test('is told by its path alone, and lies in the bundle', () => {
    expect(names.gateFile('./gates/cost.ts')).toMatch(/^gates\/[0-9a-f]{16}\.mjs$/);
    expect(names.gateFile('./gates/cost.ts')).toBe(names.gateFile('./gates/cost.ts'));
    expect(names.gateFile('./gates/cost.ts')).not.toBe(names.gateFile('./gates/costs.ts'));
    expect(names.gateFile('../../../etc/passwd')).toMatch(/^gates\/[0-9a-f]{16}\.mjs$/);
  });
});
