import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitInWords, isSignalled } from '#core/training/contract/exit-code.ts';
import { FAILURE_CHARACTERS, failureText } from '#core/training/contract/failure.ts';

describe('an exit code in words', () => {
  test.each([
    [0, 'exit code 0'],
    [1, 'exit code 1'],
    [126, /cannot be run/],
    [127, /'train' on its PATH/],
    [128, 'exit code 128'],
    [130, /SIGINT/],
    [134, /SIGABRT/],
    [135, /shared memory/],
    [137, 'exit code 137: killed (SIGKILL), most likely for want of memory: raise resources.memory'],
    [139, /SIGSEGV/],
    [143, /SIGTERM/],
    [200, 'exit code 200'],
    [255, 'exit code 255'],
  ])('%d', (code, words) => {
    if (typeof words === 'string') expect(exitInWords(code)).toBe(words);
    else expect(exitInWords(code)).toMatch(words);
  });

  test('tells who was ended from outside', () => {
    expect([0, 1, 2, 130, 137, 139, 143].filter(isSignalled)).toEqual([130, 137, 143]);
  });
});

describe('why a trainer has failed', () => {
  test.each([
    ['its own words win', { exitCode: 1, file: ' no column y \n', lines: ['Traceback'] }, 'no column y'],
    ['else its last lines', { exitCode: 1, lines: ['a', '', 'b'] }, 'The trainer ended with exit code 1.\na\nb'],
    ['an empty file says nothing', { exitCode: 2, file: '\n\0', lines: [] }, 'The trainer ended with exit code 2.'],
    ['who runs it knows more', { exitCode: 1, lines: ['x'], reason: 'No image.' }, 'No image.\nx'],
    ['colours are no words', { exitCode: 1, file: '\u001B[1;31mbad\u001B[0m\tend\r\n', lines: [] }, 'bad\tend'],
  ])('%s', (_, failed, text) => expect(failureText(failed)).toBe(text));

  test('the last lines stand behind words of the toolkit that say nothing', () => {
    const file = 'ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "python3 train.py --epochs 3"';
    expect(failureText({ exitCode: 1, file, lines: ['Traceback', 'ValueError: y'] })).toBe(
      `${file}\nTraceback\nValueError: y`,
    );
    const told = file.replace('""', '"ValueError: y"');
    expect(failureText({ exitCode: 1, file: told, lines: ['more'] })).toBe(told);
  });

  test('a killed one says what that means', () => {
    expect(failureText({ exitCode: 137, lines: ['epoch 3'] })).toMatch(/want of memory.*\nepoch 3$/s);
  });

  test('the first characters of a long file, and the last lines of a long log', () => {
    expect(failureText({ exitCode: 1, file: 'x'.repeat(5000), lines: [] })).toBe('x'.repeat(FAILURE_CHARACTERS));
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(50)}`);
    const text = failureText({ exitCode: 1, lines });
    expect(text.length).toBeLessThanOrEqual(FAILURE_CHARACTERS);
    expect(text.split('\n').slice(1)).toEqual(lines.slice(-(text.split('\n').length - 1)));
    expect(text.split('\n').length).toBeGreaterThan(10);
  });

  test('of a last line that is too long, its end', () => {
    const text = failureText({ exitCode: 1, lines: ['first', `${'x'.repeat(5000)}ValueError: y`] });
    expect(text).toHaveLength(FAILURE_CHARACTERS);
    expect(text).toMatch(/^The trainer ended with exit code 1\.\nx+ValueError: y$/);
  });

  test('is never longer than people get to see, and never half of a character', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1200 });
    const failed = fc.record(
      { exitCode: fc.nat(255), file: text, lines: fc.array(text, { maxLength: 5 }), reason: text },
      { requiredKeys: ['exitCode', 'lines'] },
    );
    fc.assert(
      fc.property(failed, (each) => {
        const said = failureText(each);
        expect(said.length).toBeLessThanOrEqual(FAILURE_CHARACTERS);
        expect(said.isWellFormed()).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
