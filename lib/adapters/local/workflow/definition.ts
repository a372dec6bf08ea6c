import { readFile } from 'node:fs/promises';
import type { Machine } from './machine.ts';

const CORE = new URL('../../../core/', import.meta.url);

/** A workflow file of the core, by its path below it. */
export async function readDefinition(path: string): Promise<Machine> {
  return JSON.parse(await readFile(new URL(path, CORE), 'utf8')) as Machine;
}
