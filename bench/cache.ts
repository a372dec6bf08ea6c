import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MODELS, type ModelName } from './cases.ts';

/** Where the Python environments, the models and the logs are kept between runs, outside of the clone. */
export const CACHE = process.env.ONNWARD_CACHE ?? join(homedir(), '.cache', 'onnward');

export const PEERS = join(import.meta.dirname, 'peers');

export const modelPath = (model: ModelName): string => join(CACHE, 'bench-data', `${model}.onnx`);

/** The folder of an environment's programs. */
export const programs = (environment: string): string => join(CACHE, `bench-${environment}`, 'bin');

/** Whether the environment holds just what its requirements file says today. */
export function isInstalled(environment: string, requirements = requirementsOf(environment)): boolean {
  const marker = markerOf(environment);
  return existsSync(marker) && readFileSync(marker, 'utf8') === hashOf(requirements);
}

/** Makes the virtual environment from `peers/<environment>.txt`, or another list, unless it is there. */
export async function install(environment: string, requirements = requirementsOf(environment)): Promise<void> {
  if (isInstalled(environment, requirements)) return;
  console.log(`installing ${environment} (once)`);
  const folder = join(CACHE, `bench-${environment}`);
  mkdirSync(CACHE, { recursive: true });
  await command('python3', ['-m', 'venv', folder]);
  await command(join(programs(environment), 'pip'), ['install', '--quiet', '-r', requirements]);
  writeFileSync(markerOf(environment), hashOf(requirements));
}

/** Makes the models, unless they are there and their script has not changed. */
export async function makeModels(): Promise<void> {
  const script = join(import.meta.dirname, 'models.py');
  const folder = join(CACHE, 'bench-data');
  const marker = join(folder, 'models.sha256');
  const wanted = hashOf(script) + hashOf(requirementsOf('models'));
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  await install('models');
  console.log(`making ${MODELS.join(', ')} (once)`);
  rmSync(folder, { recursive: true, force: true });
  await command(join(programs('models'), 'python'), [script, folder]);
  writeFileSync(marker, wanted);
}

const requirementsOf = (environment: string): string => join(PEERS, `${environment}.txt`);

const markerOf = (environment: string): string => join(CACHE, `bench-${environment}`, 'requirements.sha256');

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Runs a program to its end and gives what it printed. Rejects with its last words when it fails. */
export async function command(program: string, args: readonly string[], seconds = 900): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000 });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const output = Buffer.concat(chunks).toString();
  if (code === 0) return output;
  throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${output.slice(-2000)}${complaint}`);
}
