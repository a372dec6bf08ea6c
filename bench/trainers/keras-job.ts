import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CACHE } from '../cache.ts';

const ROOT = join(import.meta.dirname, '../..');
const PYTHON = join(CACHE, 'trainers/keras/bin/python');

const folder = mkdtempSync(join(tmpdir(), 'onnward-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Of the packages' own loading and saying how they were built. */
const QUIET = { TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };

/** What a training has left. */
export class Trained {
  readonly base: string;
  readonly seconds: number;

  constructor(base: string, seconds: number) {
    this.base = base;
    this.seconds = seconds;
  }

  get model(): string {
    return join(this.base, 'model');
  }

  /** Of `metrics.json`. */
  metric(name: string): number {
    return (
      (JSON.parse(readFileSync(join(this.model, 'metrics.json'), 'utf8')) as Record<string, number>)[name] ?? Number.NaN
    );
  }

  /** Rows that it has learned from, of `provenance.json`. */
  get learned(): number {
    const { data } = JSON.parse(readFileSync(join(this.model, 'provenance.json'), 'utf8')) as {
      data: { training: number };
    };
    return data.training;
  }

  isLike(other: Trained): boolean {
    const bytes = ({ model }: Trained, name: string) => readFileSync(join(model, name), 'base64');
    return ['model.onnx', 'metrics.json'].every((name) => bytes(this, name) === bytes(other, name));
  }
}

export interface Asked {
  readonly name: string;
  /** Lines of the table that is learned from. */
  readonly lines: readonly string[];
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Files by the channel that they are given in. @default - none */
  readonly channels?: Readonly<Record<string, string>>;
}

/** Trains in a working folder of its own. Throws with what the trainer gives for a reason. */
export async function train({ name, lines, hyperparameters, channels = {} }: Asked): Promise<Trained> {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing; run test/trainers/install.sh keras`);
  const base = join(folder, name);
  put(base, 'input/data/training/rows.csv', `${lines.join('\n')}\n`);
  put(base, 'input/config/hyperparameters.json', JSON.stringify({ label: 'digit', ...hyperparameters }));
  for (const [channel, file] of Object.entries(channels)) {
    cpSync(file, join(base, 'input/data', channel, file.slice(dirname(file).length)));
  }
  const begin = performance.now();
  const code = await run(base);
  if (code !== 0)
    throw new Error(`${name} has ended with ${code}: ${readFileSync(join(base, 'output/failure'), 'utf8')}`);
  return new Trained(base, (performance.now() - begin) / 1000);
}

function put(base: string, path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

function run(base: string): Promise<number | null> {
  const child = spawn(PYTHON, [join(ROOT, 'trainers/keras/train.py'), 'train'], {
    env: { ...process.env, ...QUIET, SAGEMAKER_BASE_DIR: base },
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', resolve));
}
