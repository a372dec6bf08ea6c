import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { PartStream } from '#core/batch/part-stream.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { newFolder } from '../../support/folders.ts';
import { watched } from '../../support/stores.ts';

let store: ObjectStore;
beforeEach(async () => {
  store = await openStore(`file:${newFolder()}`);
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a file that is written while it is made', () => {
  test('has all bytes in order, and is told by size and hash', async () => {
    const stream = new PartStream(store, 'a/part');
    const texts = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(index * 100));
    for (const text of texts) await stream.send(Buffer.from(text));
    const text = texts.join('');
    expect(await stream.end()).toEqual({ key: 'a/part', size: text.length, sha256: sha256(text) });
    expect(Buffer.from((await store.get('a/part'))!.bytes).toString()).toBe(text);
  });

  test('may be empty', async () => {
    expect(await new PartStream(store, 'a/part').end()).toEqual({ key: 'a/part', size: 0, sha256: sha256('') });
    expect((await store.get('a/part'))!.bytes).toHaveLength(0);
  });

  test('is not begun before there are bytes', async () => {
    const verbs: string[] = [];
    const stream = new PartStream(
      watched(store, (verb) => void verbs.push(verb)),
      'a/part',
    );
    await stream.send(new Uint8Array());
    expect(verbs).toEqual([]);
    await stream.send(Buffer.from('x'));
    expect(verbs).toEqual(['write']);
    await stream.end();
  });

  test('goes as fast as the store takes it', async () => {
    const gates: (() => void)[] = [];
    let taken = 0;
    const slow: ObjectStore = {
      ...watched(store, () => undefined),
      async write(_, chunks) {
        for await (const chunk of chunks) {
          taken += chunk.length;
          await new Promise<void>((open) => gates.push(open));
        }
      },
    };
    const stream = new PartStream(slow, 'a/part');
    let sent = 0;
    const sending = (async () => {
      for (; sent < 3; sent++) await stream.send(Buffer.from('x'));
    })();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([sent, taken]).toEqual([0, 1]);
    for (let chunk = 0; chunk < 3; chunk++) {
      gates.shift()!();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await sending;
    expect((await stream.end()).size).toBe(3);
  });

  test('that is given up leaves what was there before', async () => {
    await store.put('a/part', Buffer.from('before'));
    const stream = new PartStream(store, 'a/part');
    await stream.send(Buffer.from('half of it'));
    await stream.abandon(new Error('it is over'));
    expect(Buffer.from((await store.get('a/part'))!.bytes).toString()).toBe('before');
    await new PartStream(store, 'b/part').abandon(new Error('never begun'));
    expect(await store.get('b/part')).toBeUndefined();
  });

  test.each([
    ['at its end', false],
    ['before a byte is read', true],
  ])('is never written over another one, which is told of: the store refuses %s', async (_, early) => {
    await store.put('a/part', Buffer.from('first'));
    const refused = new OnnwardError('there', { code: 'store.precondition', kind: 'conflict' });
    const asked = watched(store, (verb) => {
      if (verb === 'write' && early) throw refused;
    });
    const stream = new PartStream(asked, 'a/part');
    for (let chunk = 0; chunk < 20; chunk++) await stream.send(Buffer.from('second'));
    expect(await stream.end()).toEqual({ key: 'a/part', size: 5, sha256: sha256('first') });
    expect(Buffer.from((await store.get('a/part'))!.bytes).toString()).toBe('first');
    await new PartStream(asked, 'a/part').abandon(refused);
  });

  test('that another one has finished meanwhile is its', async () => {
    const streams = [new PartStream(store, 'a/part'), new PartStream(store, 'a/part')];
    const texts = ['fast', 'slow and long'];
    for (const [index, stream] of streams.entries()) await stream.send(Buffer.from(texts[index]!));
    const first = await streams[0]!.end();
    expect(first.sha256).toBe(sha256('fast'));
    expect(await streams[1]!.end()).toEqual(first);
  });

  test('tells whoever sends or ends that the store refuses it', async () => {
    const full = new Error('the disk is full');
    const refusing = watched(store, (verb) => {
      if (verb === 'write') throw full;
    });
    await expect(new PartStream(refusing, 'a/part').end()).rejects.toBe(full);
    const stream = new PartStream(refusing, 'a/part');
    await expect(
      (async () => {
        for (let chunk = 0; chunk < 3; chunk++) await stream.send(Buffer.from('x'));
      })(),
    ).rejects.toBe(full);
    await stream.abandon(full);
  });
});
