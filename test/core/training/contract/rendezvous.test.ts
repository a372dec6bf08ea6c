import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rendezvousFile } from '#core/training/contract/rendezvous.ts';
import { newFolder } from '../../../support/folders.ts';

test('a script that sources the file knows who leads, and its own place', () => {
  const hosts = ['10.0.0.7', '10.0.0.5', '10.0.0.6'];
  const path = join(newFolder(), 'rendezvous.env');
  writeFileSync(path, rendezvousFile({ hosts, current: '10.0.0.6', rank: 2, networkInterface: 'ens5' }));
  const script = `. ${path}; exec env`;
  const printed = execFileSync('sh', ['-c', script], { env: { PATH: process.env['PATH'] }, encoding: 'utf8' });
  const variables = Object.fromEntries(printed.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
  expect(variables).toMatchObject({
    MASTER_ADDR: '10.0.0.7',
    NODE_RANK: '2',
    PET_NODE_RANK: '2',
    PET_RDZV_ENDPOINT: '10.0.0.7:29500',
    SM_HOSTS: '["10.0.0.7","10.0.0.5","10.0.0.6"]',
    SM_CURRENT_HOST: '10.0.0.6',
    NCCL_SOCKET_IFNAME: 'ens5',
  });
});
