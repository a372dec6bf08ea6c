import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { withOutput } from '#core/model/hidden-output.ts';
import { integer, message, model, text } from './onnx-proto.ts';

/** An operator that makes some tensors. */
const node = (...made: readonly string[]) => message(1, text(1, 'x'), ...made.map((name) => text(2, name)));
const output = (name: string) => message(12, text(1, name));
const GRAPH = model(node('hidden_1'), node('hidden_2', ''), node('scores'), output('scores'));

function refusal(act: () => unknown): OnnwardError {
  try {
    act();
  } catch (error) {
    if (error instanceof OnnwardError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('withOutput', () => {
  test('writes the output behind the last byte, and leaves all before it as it was', () => {
    const changed = withOutput(GRAPH, 'hidden_2', 'm');
    expect(changed.subarray(0, GRAPH.length)).toStrictEqual(Uint8Array.from(GRAPH));
    expect(Buffer.from(changed.subarray(GRAPH.length))).toStrictEqual(Buffer.from(message(7, output('hidden_2'))));
  });

  test('leaves a graph that gives the tensor already', () => {
    expect(withOutput(GRAPH, 'scores', 'm')).toBe(GRAPH);
    const changed = withOutput(GRAPH, 'hidden_1', 'm');
    expect(withOutput(changed, 'hidden_1', 'm')).toBe(changed);
  });

  test('takes a name whose length needs two bytes', () => {
    const long = 'block/'.repeat(60);
    const changed = withOutput(model(node(long)), long, 'm');
    expect(Buffer.from(changed).toString('latin1').split(long)).toHaveLength(3);
  });

  test('refuses a tensor that is not computed, and names those that are', () => {
    const error = refusal(() => withOutput(GRAPH, 'hiden_2', 'm.onnx'));
    expect(error.code).toBe('model.no_tensor');
    expect(error.message).toBe(
      "m.onnx computes no tensor 'hiden_2': it has hidden_1, hidden_2, scores. Did you mean hidden_2?",
    );
  });

  test('shows of many tensors the last, where embeddings are', () => {
    const many = model(...Array.from({ length: 20 }, (_, index) => node(`t${index}`)));
    expect(refusal(() => withOutput(many, 'none of them', 'm')).message).toMatch(
      /the last of its 20 are t8, t9, .*t19\.$/,
    );
  });

  test('refuses the empty name, by which an operator leaves an output out', () => {
    expect(refusal(() => withOutput(GRAPH, '', 'm')).code).toBe('model.no_tensor');
  });

  test('does not offer an input, or what a graph within an operator makes', () => {
    const inner = message(5, message(6, node('inner')));
    const bytes = model(message(1, text(2, 'outer'), inner), message(11, text(1, 'input')));
    for (const name of ['inner', 'input'])
      expect(refusal(() => withOutput(bytes, name, 'm')).code).toBe('model.no_tensor');
  });

  test('whatever bytes come, it answers or refuses', () => {
    const mutated = fc.array(fc.tuple(fc.nat(GRAPH.length - 1), fc.nat(255)), { maxLength: 6 }).map((edits) => {
      const bytes = Uint8Array.from(GRAPH);
      for (const [at, value] of edits) bytes[at] = value;
      return bytes;
    });
    const check = (bytes: Uint8Array) => {
      try {
        withOutput(bytes, 'hidden_1', 'm');
      } catch (error) {
        expect(error).toBeInstanceOf(OnnwardError);
        expect(['model.unreadable', 'model.no_tensor']).toContain((error as OnnwardError).code);
      }
    };
    fc.assert(fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), check));
  });

  test('finds what the digits example has within', () => {
    const digits = readFileSync(new URL('../../../examples/digits/model.onnx', import.meta.url));
    expect(withOutput(digits, 'next_activations1', 'm').length).toBeGreaterThan(digits.length);
  });

  test('a model without a graph computes nothing', () => {
    expect(refusal(() => withOutput(integer(1, 8), 'x', 'm')).message).toMatch(/it has none\.$/);
  });
});
