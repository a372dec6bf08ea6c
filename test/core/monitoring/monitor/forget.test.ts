/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { CaptureKeys, ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { forget } from '#core/monitoring/monitor/forget.ts';
import { mortal } from '../act/support/stage.ts';
import { Stage } from './support/stage.ts';

const ADA = { subject: 'customer-17', actor: 'grace' };

/** An hour of requests with their truths, every tenth of one subject, and what was found out of it. */
async function captured(): Promise<Stage> {
  const stage = await Stage.open({
    watch: { drift: { then: 'notify' } },
    capture: { subject: 'x-user' },
    feedback: {},
  });
  await ensureCaptureKey(stage.memory, randomBytes);
  const [subject] = (await CaptureKeys.read(stage.memory))?.subjects('loans', ADA.subject) ?? [];
  await stage.hour({ rows: 200, right: 1, subject });
  await stage.look();
  return stage;
}

async function linesOf(stage: Stage, prefix: string): Promise<number> {
  let lines = 0;
  for (const key of stage.memory.keys.filter((each) => each.startsWith(prefix))) {
    const text = Buffer.from((await stage.memory.get(key))!.bytes).toString();
    lines += text.split('\n').filter((line) => line !== '').length;
  }
  return lines;
}

const counts = async (stage: Stage) => [await linesOf(stage, 'capture/'), await linesOf(stage, 'live-rows/')];

test('what was captured of a subject is gone, and so are the rows that were to be learned from', async () => {
  const stage = await captured();
  // Two tables, each with a heading.
  expect(await counts(stage)).toEqual([200, 202]);
  expect(await forget(stage.world, 'loans', ADA)).toEqual({ events: 20, objects: 1 });
  expect(await counts(stage)).toEqual([180, 182]);
  const history = await Array.fromAsync(stage.world.registry.history('loans'));
  expect(history.at(-1)).toMatchObject({ action: 'forget', actor: 'grace', events: 20 });
  expect(JSON.stringify(history)).not.toContain(ADA.subject);
  expect(await forget(stage.world, 'loans', ADA)).toEqual({ events: 0, objects: 0 });
});

test('killed before any write, and called again, nothing of it is left', async () => {
  for (let dies = 0; ; dies++) {
    const stage = await captured();
    stage.store = mortal(stage.memory, dies).store;
    const died = await forget(stage.world, 'loans', ADA).then(
      () => false,
      () => true,
    );
    stage.store = stage.memory;
    await forget(stage.world, 'loans', ADA);
    expect(await counts(stage)).toEqual([180, 182]);
    if (!died) break;
  }
});

test('each table is written for what was captured of its hour, and tables of other lengths are found', async () => {
  const stage = await captured();
  const hours = 4;
  const [subject] = (await CaptureKeys.read(stage.memory))?.subjects('loans', ADA.subject) ?? [];
  for (let hour = 1; hour < hours; hour++) await stage.hour({ rows: 20, right: 1, subject });
  await stage.look();
  // Windows were of an hour then.
  stage.watched = { ...stage.watched, watch: { drift: { then: 'notify', window: '24h' } } };
  let listed = 0;
  const list = stage.memory.list.bind(stage.memory);
  stage.memory.list = (prefix, after) => {
    if (prefix.startsWith('feedback/')) listed++;
    return list(prefix, after);
  };
  await forget(stage.world, 'loans', ADA);
  expect(await counts(stage)).toEqual([234, 242]);
  expect(listed).toBe(2 * hours);
});
