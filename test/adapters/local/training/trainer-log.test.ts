import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TrainerLog } from '#adapters/local/training/trainer-log.ts';
import { newFolder } from '../../../support/folders.ts';

const MB = 1024 * 1024;

test('all of it is kept, byte for byte', () => {
  const path = join(newFolder(), 'trainer.log');
  const log = new TrainerLog(path);
  log.write(Uint8Array.of(0xff, 0x00));
  log.write(Buffer.from('a\n'));
  log.close();
  expect([...readFileSync(path)]).toEqual([0xff, 0x00, 0x61, 0x0a]);
});

test('it ends, and says so, where it would fill the disk', () => {
  const path = join(newFolder(), 'trainer.log');
  const log = new TrainerLog(path);
  const chunk = Buffer.alloc(MB, '.');
  for (let count = 0; count < 300; count++) log.write(chunk);
  log.close();
  const note = '\n… and more, which is not kept.\n';
  expect(statSync(path).size).toBe(256 * MB + Buffer.byteLength(note));
});

test('a disk that is full ends the log and nothing else', () => {
  const log = new TrainerLog('/dev/full');
  log.write(Buffer.from('a'));
  log.write(Buffer.from('b'));
  log.close();
});
