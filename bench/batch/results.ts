import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import type { Contender, Run } from './contenders.ts';
import { type InputKind, REQUIREMENTS } from './inputs.ts';

/** All rounds of one contender with one file. The same round of two contenders ran side by side. */
export interface Cell {
  readonly kind: InputKind;
  readonly megabytes: number;
  readonly contender: Contender;
  readonly rows: number;
  readonly rounds: readonly Omit<Run, 'outputs' | 'rows'>[];
}

/** One job over a large file, watched for its memory. */
export interface Large {
  readonly kind: InputKind;
  readonly megabytes: number;
  readonly seconds: number;
  readonly rows: number;
  /** Most resident bytes of all its processes together. */
  readonly peak: number;
}

export interface BatchResults {
  readonly date: string;
  readonly machine: Results['machine'];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly cells: readonly Cell[];
  readonly large: readonly Large[];
  readonly stamp?: Stamp;
}

/** What both sides are made of. */
export function versionsOf(): Record<string, string> {
  const pinned = readFileSync(REQUIREMENTS, 'utf8').matchAll(/^([\w-]+)==(\S+)$/gm);
  const python = Array.from(pinned, ([, name, version]) => [name, version] as [string, string]).filter(([name]) =>
    ['pandas', 'pyarrow', 'onnxruntime'].includes(name),
  );
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return {
    node: process.versions.node,
    'onnxruntime-node': dependencies['onnxruntime-node'] ?? '',
    ...Object.fromEntries(python),
  };
}
