import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CACHE } from '../cache.ts';

const ROOT = join(import.meta.dirname, '../..');
const DATA = join(ROOT, 'trainers/data/diabetes');

/** Rows that no training sees. */
export const HELDOUT = join(DATA, 'heldout.csv');

export const PYTHON = join(CACHE, 'trainers/pytorch/bin/python');

const folder = mkdtempSync(join(tmpdir(), 'onnward-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A job of the trainer in a working folder of its own. Throws where the packages are not installed. */
export class PytorchJob {
  readonly base: string;

  constructor(name: string, hyperparameters: Readonly<Record<string, string>> = {}) {
    if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing; run test/trainers/install.sh pytorch`);
    this.base = join(folder, name);
    mkdirSync(join(this.base, 'input/data'), { recursive: true });
    mkdirSync(join(this.base, 'input/config'));
    cpSync(join(DATA, 'train.csv'), join(this.base, 'input/data/training/train.csv'), { recursive: true });
    const text = JSON.stringify({ label: 'progression', ...hyperparameters });
    writeFileSync(join(this.base, 'input/config/hyperparameters.json'), text);
  }

  /** Seconds that it took. `hear` is given each line, and may end it and all its processes, as the loss of a machine does. */
  async run(hear: (line: string, kill: () => void) => void = () => undefined): Promise<number> {
    const begin = performance.now();
    const child = spawn(PYTHON, [join(ROOT, 'trainers/pytorch/train.py'), 'train'], {
      env: { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', SAGEMAKER_BASE_DIR: this.base },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let killed = false;
    const kill = (): void => {
      killed = process.kill(-(child.pid ?? 0), 'SIGKILL');
    };
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for await (const line of createInterface(child.stdout)) hear(line, kill);
    const code = await ended;
    if (code !== 0 && !killed) throw new Error(`the trainer has ended with ${code}: ${this.text('../output/failure')}`);
    return (performance.now() - begin) / 1000;
  }

  /** Takes over what was synced of another one's machine, which is lost. */
  resume(lost: PytorchJob): void {
    cpSync(join(lost.base, 'checkpoints'), join(this.base, 'checkpoints'), { recursive: true });
    rmSync(lost.base, { recursive: true });
  }

  /** A file of its model folder. */
  text(path: string): string {
    return readFileSync(join(this.base, 'model', path), 'utf8');
  }

  get metrics(): Record<string, number> {
    return JSON.parse(this.text('metrics.json')) as Record<string, number>;
  }

  /** Whether another one has left the same files, byte by byte. */
  isLike(other: PytorchJob): boolean {
    return readdirSync(join(this.base, 'model')).every((name) => this.text(name) === other.text(name));
  }
}
