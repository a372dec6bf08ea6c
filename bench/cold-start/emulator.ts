import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE } from '../cache.ts';
import { caseOf } from '../cases.ts';
import { freePort } from '../process.ts';
import { median } from '../statistics.ts';
import { readAnswer } from './answer.ts';
import { CONTENDERS, eventOf, processOf, type Stores, type Subject } from './contenders.ts';
import type { Emulated, Model } from './results.ts';

/** Of the lane `image`, which makes it. */
const EMULATOR = join(CACHE, 'image', 'context', 'aws-lambda-rie');

const ROUNDS = 5;
const WARM = 50;
const ENDING_MS = 500;

/** Through AWS's runtime interface emulator, on this machine and in no container; empty where it is not installed. */
export async function measureEmulated(models: readonly Model[], stores: Stores): Promise<Emulated[]> {
  if (!existsSync(EMULATOR)) return [];
  const results: Emulated[] = [];
  for (const model of models) {
    const all = CONTENDERS.map((contender) => ({ contender, model, cold: [] as number[], warm: [] as number[] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const result of all) {
        const { cold, warm } = await emulate({ ...result, origin: 's3' }, stores);
        result.cold.push(cold);
        result.warm.push(warm);
      }
    }
    results.push(...all);
  }
  return results;
}

async function emulate(subject: Subject, stores: Stores): Promise<{ cold: number; warm: number }> {
  const { program, args, folder, env } = processOf(subject, stores);
  const temporary = mkdtempSync(join(tmpdir(), 'function-'));
  const [api, port] = [await freePort(), await freePort()];
  const addresses = [
    '--runtime-api-address',
    `127.0.0.1:${api}`,
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
  ];
  const begun = performance.now();
  // In a group of its own: the emulator leaves the function behind.
  const child = spawn(EMULATOR, [...addresses, program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: temporary, ...env },
    stdio: 'ignore',
    detached: true,
  });
  try {
    const event = eventOf(subject.model, caseOf(subject.model, 'json').body);
    const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
    readAnswer(await invoke(url, event));
    const cold = performance.now() - begun;
    const warm: number[] = [];
    for (let count = 0; count < WARM; count++) {
      const sent = performance.now();
      await invoke(url, event);
      warm.push(performance.now() - sent);
    }
    return { cold, warm: median(warm) };
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await sleep(ENDING_MS);
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Asks until the emulator listens. */
async function invoke(url: string, body: string): Promise<string> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const response = await fetch(url, { method: 'POST', body }).catch(() => undefined);
    if (response) return response.text();
    await sleep(5);
  }
  throw new Error(`${url} does not answer`);
}
