import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HEADING, jobOn, ROWS } from './tabular.ts';

/** Enough that there is time to stop it while it fits. */
const MANY = ROWS.flatMap((line) => Array.from({ length: 8 }, (_, copy) => line.replace(/^\d+/, `${copy}7`)));

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s', (signal, code) => {
  test.each([
    ['while it loads', undefined],
    ['while it fits', /rows to learn from/],
  ])('%s ends it at once, with no half model and no failure', async (_, sign) => {
    const job = jobOn([HEADING, ...MANY], { max_iter: '100000', folds: '50', c: '0' });
    const child = job.start();
    let output = '';
    const ended = once(child, 'close');
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (sign?.test(output)) resolve();
      });
      if (!sign) setTimeout(resolve, 300);
    });
    const before = performance.now();
    child.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(output).toContain(`Stopped by ${signal}.`);
    expect(job.failure).toBeUndefined();
    const left = existsSync(job.model('.')) ? readdirSync(job.model('.')) : [];
    expect(left).not.toContain('model.onnx');
  });
});
