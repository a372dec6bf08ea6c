import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Job } from '../optimize/job.ts';
import { FEW, HEADING, jobOn } from './keras.ts';

const relabelled = (label: (index: number) => string): string[] =>
  FEW.map((line, index) => line.replace(/\d+$/, label(index)));

const narrow = (line: string): string => line.slice(line.indexOf(',') + 1);

test.each([
  [
    'no label',
    [HEADING, ...FEW],
    { label: 'class' },
    /^rows\.csv has no column 'class', which the hyperparameter label names; it has p00/,
  ],
  ['an empty table', [], {}, /^rows\.csv has no column 'digit', .* it has nothing/],
  ['a heading alone', [HEADING], {}, /^rows\.csv has no rows\.$/],
  ['labels all alike', [HEADING, ...relabelled(() => '7')], {}, /^All 150 pictures are '7'/],
  [
    'a rare label',
    [HEADING, ...relabelled((index) => (index < 3 ? 'rare' : String(index % 2)))],
    {},
    /^Too few pictures: 3 are 'rare'/,
  ],
  [
    'a pixel that is too white',
    [HEADING, FEW[0]!.replace(/^[^,]*/, '16'), ...FEW],
    {},
    /^rows\.csv, line 2: a pixel is '16', and is to be from 0 \(black\) to 1 \(white\)\. .* the hyperparameter white says\.$/,
  ],
  [
    'a pixel that is text',
    [HEADING, ...FEW, FEW[0]!.replace(/^[^,]*/, 'x')],
    {},
    /^rows\.csv, line 152: a pixel is 'x'/,
  ],
  ['a short line', [HEADING, ...FEW, '0,1,2'], {}, /^rows\.csv, line 152: it has 3 of 65 cells, or no label\.$/],
  ['no square', [HEADING, ...FEW].map(narrow), {}, /^A row has 63 pixels, which make no square/],
  [
    'an unknown net',
    [HEADING, ...FEW],
    { net: 'resnet' },
    /^The hyperparameter net is 'resnet', and is to be one of dense, cnn, transfer\.$/,
  ],
] as const)('%s is refused in a sentence', (_, lines, hyperparameters, sentence) => {
  const job = jobOn(lines, hyperparameters);
  const { code, output } = job.run();
  expect({ code, failure: job.failure }).toEqual({ code: 1, failure: expect.stringMatching(sentence) });
  expect(output).not.toContain('Traceback');
  expect(existsSync(job.model('model.onnx'))).toBe(false);
});

test('no data at all is refused, and a picture that is in no folder', () => {
  const job = new Job('keras').hyperparameters({});
  expect(job.run()).toMatchObject({ code: 1 });
  expect(job.failure).toMatch(/^The channel 'training' has no \.png or .* file/);
  job.channel('training', { name: 'a.png', text: 'x' });
  expect(job.run()).toMatchObject({ code: 1 });
  expect(job.failure).toBe("a.png is in no folder: each class has one, and its name is the folder's.");
});
