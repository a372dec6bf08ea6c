import { describe, expect, test } from 'vitest';
import { EventEmitter } from 'node:events';
import { OnnwardError } from '#core/errors.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import { record } from '#core/model/recorded.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { ServedModel } from '#serving/host.ts';
import { curlLines } from '../../bin/cli/curl.ts';
import { formatBytes, table } from '../../bin/cli/output.ts';
import { renderPredictions } from '../../bin/cli/predictions.ts';
import { createProgress } from '../../bin/cli/progress.ts';
import { reportFailure } from '../../bin/cli/failure.ts';
import { captured } from './cli.ts';

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1234, '1.23 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [104_857_600, '105 MB'],
    [3e12, '3 TB'],
    [5e15, '5000 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

test('a table is as wide as its cells, with no spaces at the ends of lines', () => {
  expect(
    table([
      ['A', 'LONG'],
      ['value', 'x'],
      ['', ''],
    ]),
  ).toBe('A      LONG\nvalue  x\n');
});

describe('predictions', () => {
  const answer = (...outputs: object[]): string => JSON.stringify({ model_name: 'm', outputs });
  const scores = {
    name: 'scores',
    datatype: 'FP32',
    shape: [2, 4],
    data: [0.1, 0.2, 0.3, 0.4, 0.91234, 0.05, 0.03, 0],
  };

  test('show the three best labels of each row', () => {
    const text = renderPredictions([{ body: answer(scores) }], { scores: ['a', 'b', 'c', 'd'] });
    expect(text).toBe('row  scores\n1    d 0.4, c 0.3, b 0.2\n2    a 0.9123, b 0.05, c 0.03');
  });

  test('show values where there are no labels, or not as many', () => {
    const row = '1    [0.1, 0.2, 0.3, 0.4]';
    expect(renderPredictions([{ body: answer(scores) }], {})).toContain(row);
    expect(renderPredictions([{ body: answer(scores) }], { scores: ['a', 'b'] })).toContain(row);
  });

  test('number rows through all answers, and name those that have one', () => {
    const one = { name: 'y', datatype: 'INT64', shape: [1], data: [7] };
    const text = renderPredictions(
      [{ body: answer(one) }, { body: answer(one), name: 'cat.png' }, { body: answer(one) }],
      {},
    );
    expect(text).toBe('row      y\n1        7\ncat.png  7\n2        7');
  });

  test('keep the digits of 64-bit integers, and say true, null and text as they are', () => {
    const body =
      '{"outputs":[{"name":"y","datatype":"INT64","shape":[1,4],"data":[9007199254740993,true,null,"text"]}]}';
    expect(renderPredictions([{ body }], {})).toContain('[9007199254740993, true, null, text]');
  });

  test('shorten what is long, and show an output without rows once', () => {
    const long = {
      name: 'long',
      datatype: 'FP32',
      shape: [2, 10],
      data: Array.from({ length: 20 }, (_, index) => index),
    };
    const whole = { name: 'whole', datatype: 'FP32', shape: [], data: [1.23456789] };
    expect(renderPredictions([{ body: answer(long, whole) }], {})).toBe(
      'row  long                                           whole\n' +
        '1    [0, 1, 2, 3, 4, 5, 6, 7, … 10 values]          1.235\n' +
        '2    [10, 11, 12, 13, 14, 15, 16, 17, … 10 values]',
    );
  });

  test('of a scalar are one row', () => {
    expect(renderPredictions([{ body: answer({ name: 'y', shape: [], data: [1] }) }], {})).toBe('row  y\n1    1');
  });
});

describe('curl lines', () => {
  const served = (name: string, datatype: Datatype, shape: number[], data?: Tensor['data']): ServedModel => {
    const signature: Signature = { inputs: [{ name: 'x', datatype, shape: [-1] }], outputs: [], unserved: [] };
    const golden = data && [{ inputs: [record({ name: 'x', datatype, shape, data })], outputs: [] }];
    return { name, version: 1, manifest: { signature, golden }, model: {} } as unknown as ServedModel;
  };

  test('ask the model with the smallest golden input, quoted for a shell', () => {
    const lines = curlLines('http://h', [
      served('large', 'FP32', [3], Float32Array.of(0.1, NaN, 3)),
      served('small', 'BYTES', [1], ["it's"]),
    ]);
    expect(lines).toEqual([
      'curl http://h/v2/models/small',
      `curl -d '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":["it'\\''s"]}]}' http://h/v2/models/small/infer`,
      'curl http://h/v2/health/ready',
    ]);
  });

  test.each([
    ['is too large', Float32Array.from({ length: 65 })],
    ['is not known', undefined],
  ])('leave out an input that %s', (_, data) => {
    expect(curlLines('http://h', [served('m', 'FP32', [65], data)])).toEqual([
      'curl http://h/v2/models/m',
      'curl http://h/v2/models/m/ready',
      'curl http://h/v2/health/ready',
    ]);
  });
});

describe('progress', () => {
  function terminal(isTTY: boolean) {
    const written: string[] = [];
    const stream = Object.assign(new EventEmitter(), {
      isTTY,
      columns: 80,
      write: (text: string) => written.push(text),
    });
    return { written, stream: stream as unknown as NodeJS.WriteStream };
  }

  test('is a line that is written over and taken away, in a terminal', () => {
    const { written, stream } = terminal(true);
    const progress = createProgress(false, stream);
    progress.update('hashing', 50, 200);
    progress.update('hashing', 60, 200); // too soon to be seen
    progress.update('hashing', 200, 200);
    progress.end();
    expect(written).toHaveLength(3);
    expect(written[0]).toMatch(/hashing .*25 % {2}50 B of 200 B$/);
    expect(written[1]).toContain('100 %');
    expect(written[2]).toBe('\r\u001b[2K');
  });

  test('tells just the bytes where nobody knows how many there are', () => {
    const { written, stream } = terminal(true);
    createProgress(false, stream).update('checking iris', 1500);
    expect(written).toEqual(['\r\u001b[2Kchecking iris  1.5 kB']);
  });

  test.each([
    ['in a pipe', false, false],
    ['with --json', true, true],
  ])('is silent %s', (_, json, isTTY) => {
    const { written, stream } = terminal(isTTY);
    const progress = createProgress(json, stream);
    progress.update('hashing', 1, 2);
    progress.end();
    expect(written).toEqual([]);
  });
});

describe('a failure', () => {
  const reported = async (error: unknown, json = false) => captured(async () => reportFailure(error, json));
  const system = (code: string) => Object.assign(new Error(`${code}: nonsense`), { code, path: '/data/x' });

  test.each([
    [
      'a refusal',
      new OnnwardError('No.', { code: 'a.b', kind: 'invalid', fix: 'Ask.' }),
      1,
      'error: No.\n  fix:  Ask.\n  code: a.b\n',
    ],
    [
      'one without a next step',
      new OnnwardError('No.', { code: 'a.b', kind: 'invalid' }),
      1,
      'error: No.\n  code: a.b\n',
    ],
    [
      'a mistake in the words',
      new OnnwardError('No.', { code: 'usage.b', kind: 'invalid' }),
      2,
      'error: No.\n  code: usage.b\n',
    ],
    [
      'a mistake in the configuration',
      new OnnwardError('No.', { code: 'config.b', kind: 'invalid' }),
      2,
      'error: No.\n  code: config.b\n',
    ],
  ])('is told by its message, next step and code: %s', async (_, error, code, stderr) => {
    expect(await reported(error)).toEqual({ code, stdout: '', stderr });
  });

  test.each([
    ['ENOENT', 'file.not_found'],
    ['EACCES', 'file.forbidden'],
    ['EPERM', 'file.forbidden'],
    ['ENOTDIR', 'file.not_a_folder'],
    ['EISDIR', 'file.is_a_folder'],
    ['ENOSPC', 'file.disk_full'],
    ['EROFS', 'file.read_only'],
  ])('of the system is told with its path: %s', async (code, expected) => {
    const { stderr } = await reported(system(code), true);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: expected, message: expect.stringContaining('/data/x') },
    });
  });

  test.each([
    ['an error', new TypeError('x is undefined\n    at somewhere'), 'x is undefined'],
    ['a system error of no known kind', system('EWEIRD'), 'EWEIRD: nonsense'],
    ['a text', 'boom', 'boom'],
    ['nothing', undefined, 'undefined'],
  ])('that nobody foresaw is one sentence, and where to report it: %s', async (_, error, message) => {
    const { code, stderr } = await reported(error);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: Something that Onnward did not foresee: ${message}\n` +
        '  fix:  This is a defect: run it again with ONNWARD_DEBUG=1 and report what it prints.\n' +
        '  code: internal.unforeseen\n',
    );
  });
});
