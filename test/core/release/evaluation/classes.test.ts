import { describe, expect, test } from 'vitest';
import { AnswerReader } from '#core/release/evaluation/answers.ts';
import { agreeOnClasses } from '#core/release/evaluation/agree.ts';
import { ClassIndex, classesOf, classMap, plainLabel } from '#core/release/evaluation/classes.ts';
import type { PredictionPlan } from '#core/release/evaluation/prediction.ts';
import { floats, tensor } from '../../../support/models.ts';

describe('a label is a class', () => {
  test.each<[readonly string[], Record<string, number>]>([
    [['a', 'b', 'c'], { a: 0, ' c ': 2, '1': 1, '1.0': 1, '3': -1, '-1': -1, d: -1, A: -1, '0.5': -1 }],
    [['0', '1', '2'], { '0': 0, '2.0': 2, '02': 2, '1e0': 1, '3': -1, true: -1 }],
    [['3', '5'], { '3': 0, '5.0': 1, '0': -1, '1': -1, true: 1, FALSE: 0 }],
    [['no', 'yes'], { True: 1, false: 0, yes: 1, '0': 0, '1': 1 }],
    [['true', 'false'], { true: 0, True: 0, False: 1 }],
    [['True', 'False'], { true: 0, False: 1, FALSE: 1, '0': 0 }],
    [['1', '0'], { true: 0, false: 1, '1': 0 }],
    [['2', '1'], { '1': 1, true: 1 }],
    [['1.0', '2.0'], { '1': 0, '2.0': 1 }],
    [[], { '0': -1, '': -1 }],
  ])('of %j', (classes, expected) => {
    const index = new ClassIndex(classes);
    const found = Object.fromEntries(Object.keys(expected).map((cell) => [cell, index.of(cell)]));
    expect(found).toEqual(expected);
    // Once more, as it is remembered.
    for (const [cell, of] of Object.entries(expected)) expect(index.of(cell)).toBe(of);
  });

  test.each([
    ['1.0', '1'],
    ['1e2', '100'],
    [' a ', 'a'],
    ['01', '1'],
    ['', ''],
  ])('%j is written %j', (cell, text) => expect(plainLabel(cell)).toBe(text));
});

test('labels that were found are in the order of numbers, or of texts', () => {
  expect(classesOf(new Set(['10', '9', '-1']))).toEqual(['-1', '9', '10']);
  expect(classesOf(new Set(['10', '9', 'x']))).toEqual(['10', '9', 'x']);
});

test('classes go by name', () => {
  expect(classMap(['a', 'b'], ['a', 'b'])).toBeUndefined();
  expect(classMap(['b', 'x', 'a'], ['a', 'b'])).toEqual([1, -1, 0]);
  expect(classMap(['a'], ['a', 'b'])).toEqual([0]);
});

const scores = (classes: readonly string[], more: Partial<PredictionPlan> = {}): PredictionPlan => ({
  kind: 'scores',
  output: 0,
  logits: false,
  classes,
  named: true,
  ...more,
});
const nothing = (): Promise<readonly string[]> => Promise.reject(new Error('nobody asked'));

describe('both versions agree on classes:', () => {
  test('a regression has none', async () => {
    const value: PredictionPlan = { kind: 'value', output: 0, logits: false, classes: [], named: false };
    expect(await agreeOnClasses(value, value, nothing)).toEqual({
      classes: [],
      challenger: value,
      champion: value,
      notes: [],
    });
  });

  test('the challenger’s order counts, and a difference is said', async () => {
    const same = await agreeOnClasses(scores(['a', 'b']), scores(['b', 'a']), nothing);
    expect([same.champion!.map, same.notes]).toEqual([[1, 0], ['The champion has the same classes in another order.']]);
    const fewer = await agreeOnClasses(scores(['a', 'b', 'c']), scores(['a', 'b']), nothing);
    expect(fewer.notes).toEqual(['The champion has other classes: it does not know c.']);
    const many = await agreeOnClasses(scores(['x']), scores('abcdefghijk'.split('')), nothing);
    expect(many.notes).toEqual([
      'The champion has other classes: it does not know x; where it says a, b, c, d, e, f, g, h and 3 more, it is wrong.',
    ]);
  });

  test('names are lent where there are none', async () => {
    const lent = await agreeOnClasses(scores(['0', '1'], { named: false }), scores(['a', 'b']), nothing);
    expect([lent.classes, lent.notes.length]).toEqual([['a', 'b'], 1]);
    const given = await agreeOnClasses(scores(['a', 'b']), scores(['0', '1'], { named: false }), nothing);
    expect([given.classes, given.champion!.classes, given.champion!.map, given.notes]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      undefined,
      [],
    ]);
    const other = await agreeOnClasses(scores(['0', '1', '2'], { named: false }), scores(['a', 'b']), nothing);
    expect(other.champion!.map).toEqual([-1, -1]);
  });

  test('what the rows name counts where nobody else does', async () => {
    const label = scores([], { kind: 'label', named: false });
    const found = () => Promise.resolve(['x', 'y']);
    expect(await agreeOnClasses(label, label, found)).toMatchObject({
      classes: ['x', 'y'],
      challenger: { classes: ['x', 'y'] },
      champion: { classes: ['x', 'y'] },
    });
    expect((await agreeOnClasses(label, scores(['a', 'b']), nothing)).classes).toEqual(['a', 'b']);
  });
});

describe('answers', () => {
  const read = (plan: PredictionPlan, classes: number, ...outputs: ReturnType<typeof floats>[]) =>
    new AnswerReader(plan, classes).read(outputs, outputs[0]!.shape[0]!);

  test('are the largest, the first of equal ones', () => {
    const { predicted, probabilities, has } = read(
      scores(['a', 'b']),
      2,
      floats([3, 2], [0.2, 0.8, 0.5, 0.5, 0.9, 0.1]),
    );
    expect([[...predicted], [...has]]).toEqual([
      [1, 0, 0],
      [1, 1, 1],
    ]);
    expect([...probabilities!]).toEqual([0.2, 0.8, 0.5, 0.5, 0.9, 0.1].map(Math.fround));
  });

  test('of logits go through a softmax that no size breaks', () => {
    const plan = scores(['a', 'b'], { logits: true });
    const { probabilities, has } = read(plan, 2, floats([3, 2], [1000, 0, -1000, -1000, 0, Math.log(3)]));
    expect([...has]).toEqual([1, 1, 1]);
    expect([...probabilities!].map((p) => Math.round(p * 1e6) / 1e6)).toEqual([1, 0, 0.5, 0.5, 0.25, 0.75]);
  });

  test('of one score are those of two classes', () => {
    const { predicted, probabilities } = read(
      scores(['n', 'y'], { kind: 'probability' }),
      2,
      floats([3, 1], [0.25, 0.5, 0.75]),
    );
    expect([...predicted]).toEqual([0, 0, 1]);
    expect([...probabilities!]).toEqual([0.75, 0.25, 0.5, 0.5, 0.25, 0.75]);
    const logit = read(scores(['n', 'y'], { kind: 'probability', logits: true }), 2, floats([2], [0, 800]));
    expect([...logit.probabilities!]).toEqual([0.5, 0.5, 0, 1]);
  });

  test('that are no numbers are none', () => {
    const { has } = read(scores(['a', 'b']), 2, floats([3, 2], [Number.NaN, 1, 0, 1, Infinity, 0]));
    expect([...has]).toEqual([0, 1, 0]);
    const value: PredictionPlan = { kind: 'value', output: 0, logits: false, classes: [], named: false };
    expect([...read(value, 0, floats([3], [1, Number.NaN, -Infinity])).has]).toEqual([1, 0, 0]);
  });

  test('go where the evaluation has their classes', () => {
    const plan = scores(['b', 'x', 'a'], { map: [1, -1, 0] });
    const { predicted, probabilities } = read(plan, 3, floats([2, 3], [0.75, 0.25, 0, 0.25, 0.5, 0.25]));
    expect([...predicted]).toEqual([1, -1]);
    expect([...probabilities!]).toEqual([0, 0.75, 0, 0.25, 0.25, 0]);
  });

  test('are the label beside the probabilities, or alone', () => {
    const labels = tensor('INT64', [2], BigInt64Array.of(1n, 0n));
    const pair = new AnswerReader(scores(['0', '1'], { label: 1 }), 2).read(
      [floats([2, 2], [0.6, 0.4, 0.6, 0.4]), labels],
      2,
    );
    expect([...pair.predicted]).toEqual([1, 0]);
    const texts = tensor('BYTES', [3], ['b', 'a', '?']);
    const alone = new AnswerReader(scores(['a', 'b'], { kind: 'label' }), 2).read([texts], 3);
    expect([[...alone.predicted], [...alone.has], alone.probabilities]).toEqual([[1, 0, -1], [1, 1, 1], undefined]);
  });

  test('of fewer rows than asked are a fault', () => {
    expect(() => new AnswerReader(scores(['a', 'b']), 2).read([floats([1, 2], [1, 0])], 2)).toThrow(RangeError);
  });
});
