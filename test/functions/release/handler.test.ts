import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { receiptKeyKey } from '#core/monitoring/receipt-keys.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { readDocument } from '#core/release/store.ts';
import { root } from '#packaging/root.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

let place: Awaited<ReturnType<typeof newRegistry>>;
beforeEach(async () => {
  place = await newRegistry();
  for (const _ of [1, 2]) await registerFixture(place.registry, 'mlp', 'mlp_rows');
  await place.registry.setReleased('mlp', 'live', { version: 1, target: '1' });
});

interface Told {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly message?: string;
}

const OPTIONS = { mlp: { gates: [{ gate: 'sizeBelow', bytes: 1_000_000 }] } };

/** Asks the handler in a process of its own, as both worlds do. */
function asked(event: unknown, env: Record<string, string> = {}): Told {
  const script = `
    const { handler } = await import(${JSON.stringify(join(root, 'functions/release/handler.ts'))});
    const told = await handler(${JSON.stringify(event)}).then(
      (answer) => ({ answer }),
      ({ name, message }) => ({ name, message }),
    );
    process.stdout.write(JSON.stringify(told));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      PATH: process.env['PATH'],
      ONNWARD_STORE: place.store.url,
      ONNWARD_RELEASE_MODELS: JSON.stringify(OPTIONS),
      ...env,
    },
    encoding: 'utf8',
  });
  return JSON.parse(text) as Told;
}

const task = (name: string, release = 'mlp-r1') => asked({ task: name, release });

describe('in a process of its own', () => {
  test('it opens a release, publishes, warms up and sends all traffic to it, each state by another process', async () => {
    const input = { model: 'mlp:2', actor: 'ada', why: 'a try' };
    const opened = asked({ task: 'open', execution: 'e-1', input });
    expect(opened.answer).toMatchObject({ release: 'mlp-r1', next: 'verify' });
    expect(await readDocument(place.store, 'mlp-r1', 'request')).toMatchObject({
      version: 2,
      champion: 1,
      actor: 'ada',
      options: OPTIONS.mlp,
    });
    expect(task('publish').answer).toMatchObject({ next: 'warm up' });
    expect(await place.store.get(receiptKeyKey(1))).toBeDefined();
    expect(task('warm up').answer).toMatchObject({ next: 'shadow' });
    expect(task('live').answer).toMatchObject({ next: 'record' });
    expect(await place.registry.alias('mlp', 'live')).toMatchObject({ version: 2, release: 'mlp-r1' });
    expect(await place.registry.alias('mlp', 'previous')).toMatchObject({ version: 1, target: '1' });
    const back = asked({ task: 'rollback', model: 'mlp', actor: 'ada', reason: 'it is slow' });
    expect(back.answer).toMatchObject({ from: { version: 2 }, to: { version: 1 } });
    expect((await place.registry.alias('mlp', 'live'))?.version).toBe(1);
  });

  test('it takes a person’s word, and what is over is over', async () => {
    asked({ task: 'open', execution: 'e-1', input: { model: 'mlp:2' } });
    const abort = { task: 'abort', release: 'mlp-r1', actor: 'ada', reason: 'not today' };
    expect(asked(abort).answer).toMatchObject({ state: 'aborted' });
    expect(asked({ task: 'status', release: 'mlp-r1' }).answer).toMatchObject({ state: 'aborted' });
    expect(await releaseStatus(place.store, 'mlp-r1')).toMatchObject({ abort: { actor: 'ada', by: 'person' } });
    expect(asked(abort).name).toBe('release.ended');
    const decide = { task: 'decide', release: 'mlp-r1', decision: 'approve', actor: 'ada', reason: 'yes' };
    expect(asked(decide).name).toBe('release.ended');
    expect(asked({ task: 'expire' }).answer).toEqual({ expired: [] });
  });

  test('it names what it throws by its code, for the workflow, and says what to do', () => {
    const told = asked({ task: 'open', execution: 'e-1', input: { model: 'mlp:7' } });
    expect(told.name).toBe('version.not_found');
    expect(asked({ task: 'status', release: 'mlp-r9' }).message).toContain('onnward releases');
    expect(asked({ task: 'status' }).name).toBe('release.request');
    expect(asked({}).name).toBe('release.request');
    expect(asked({ task: 'expire' }, { ONNWARD_STORE: '' }).name).toBe('function.unconfigured');
  });

  test('it releases no model that there are no gates for', () => {
    const opening = { task: 'open', execution: 'e-1', input: { model: 'mlp:2' } };
    expect(asked(opening, { ONNWARD_RELEASE_MODELS: '{}' }).name).toBe('release.no_gates');
  });
});
