import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import type { Contender, Origin } from './contenders.ts';
import type { Marks } from './start.ts';

/** The models of a cold start: the bench's smallest, one of 0.4 MB and one of 19 MB. */
export const MODELS = ['iris', 'mlp', 'cnn'] as const;
export type Model = (typeof MODELS)[number];

/** All rounds of one kind of start. The same round of two contenders ran side by side. */
export interface Cell {
  readonly contender: Contender;
  readonly origin: Origin;
  readonly model: Model;
  /** Milliseconds from the start of the process to the first answer. */
  readonly answered: readonly number[];
  /** Milliseconds until the function asked for an event. */
  readonly ready: readonly number[];
  /** Peak resident bytes until the first answer. */
  readonly memory: readonly number[];
  /** Where the time goes, of rounds of their own. */
  readonly marks: readonly Marks[];
}

/** Through the runtime interface emulator: what it adds is in these. Milliseconds. */
export interface Emulated {
  readonly contender: Contender;
  readonly model: Model;
  /** From the start of the emulator to the first answer. */
  readonly cold: readonly number[];
  /** Median of the invocations after the first, of each round. */
  readonly warm: readonly number[];
}

export interface ColdStarts {
  readonly date: string;
  readonly machine: Results['machine'];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly cells: readonly Cell[];
  readonly emulated: readonly Emulated[];
  readonly stamp?: Stamp;
}

/** What both sides are made of. */
export function versionsOf(): Record<string, string> {
  const pinned = readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8').matchAll(/^([\w-]+)==(\S+)$/gm);
  const named = new Map(Array.from(pinned, ([, name, version]) => [name, version] as [string, string]));
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const python = ['awslambdaric', 'boto3', 'numpy', 'onnxruntime'].map((name) => [name, named.get(name) ?? '']);
  return {
    node: process.versions.node,
    'aws-lambda-ric': '4.0.2',
    'onnxruntime-node': dependencies['onnxruntime-node'] ?? '',
    ...Object.fromEntries(python),
  };
}
