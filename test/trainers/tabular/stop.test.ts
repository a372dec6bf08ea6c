import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { HEADING, jobOn, ROWS } from './tabular.ts';

/** Enough that there is time to stop it while it fits. */
const MANY = ROWS.flatMap((line) => Array.from({ length: 8 }, (_, copy) => line.replace(/^\d+/, `${copy}7`)));

/** From when on a signal does not end it by itself: bit 14 of those that are caught is SIGTERM's. */
async function listening(pid: number): Promise<void> {
  const caught = () => /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  while ((BigInt(`0x${caught()}`) & (1n << 14n)) === 0n) await sleep(2);
  // SIGINT comes next.
  await sleep(50);
}

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s', (signal, code) => {
  test.each([
    ['while it loads', /^/],
    ['while it fits', /rows to learn from/],
  ])('%s ends it at once, with no half model and no failure', async (_, sign) => {
    const job = jobOn([HEADING, ...MANY], { max_iter: '100000', folds: '50', c: '0' });
    const child = job.start();
    let output = '';
    const ended = once(child, 'close');
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await listening(child.pid!);
    while (!sign.test(output)) await sleep(2);
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
