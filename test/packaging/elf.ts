import { closeSync, openSync, readSync } from 'node:fs';

/** The machine that a file's code is for, by the header of ELF; undefined for what is no such code. */
export function machineOf(path: string): 'x86_64' | 'arm64' | 'another' | undefined {
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  readSync(file, header);
  closeSync(file);
  if (header.toString('latin1', 0, 4) !== '\x7FELF') return undefined;
  return MACHINES[header.readUInt16LE(18)] ?? 'another';
}

const MACHINES: Readonly<Record<number, 'x86_64' | 'arm64'>> = { 0x3e: 'x86_64', 0xb7: 'arm64' };
