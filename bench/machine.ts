import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { PEERS } from './cache.ts';
import type { Results } from './results.ts';
import type { Server } from './servers.ts';

export const describeMachine = (): Results['machine'] => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  load: Number((loadavg()[0] ?? 0).toFixed(1)),
  os: `${type()} ${release()}`,
});

const SHOWN = ['onnxruntime', 'fastapi', 'uvicorn', 'orjson', 'mlserver', 'kserve', 'litserve', 'bentoml'];

/** Of everything that a table of numbers depends on and a reader would ask for. */
export function describeVersions(servers: readonly Server[]): Record<string, string> {
  const environments = new Set(servers.flatMap(({ environment }) => environment ?? []));
  const pinned = [...environments].flatMap((environment) =>
    readFileSync(join(PEERS, `${environment}.txt`), 'utf8')
      .split('\n')
      .map((line) => line.split('==') as [string, string])
      .filter(([name]) => SHOWN.includes(name)),
  );
  const { version, dependencies } = JSON.parse(readFileSync(join(PEERS, '..', '..', 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const own = {
    onnward: version,
    node: process.versions.node,
    'onnxruntime-node': dependencies['onnxruntime-node'] ?? '',
  };
  return { ...own, ...Object.fromEntries(pinned.toReversed()) };
}
