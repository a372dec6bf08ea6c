import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { observed, readSnapshots, type TrafficSnapshot } from '#adapters/local/traffic/snapshot.ts';
import { openStore } from '#adapters/stores.ts';
import { Registry } from '#core/registry/registry.ts';
import { listening, testFolder } from '../bin/cli.ts';
import { registerFixture } from '../support/registry.ts';
import { inferenceRequest } from './client.ts';
import { Load } from './load.ts';

export interface ScenarioOptions {
  /** Fixtures: version 1, which is live, and version 2, which is tried. */
  readonly champion: string;
  readonly challenger: string;
  /** Of every request. */
  readonly input: { readonly datatype: string; readonly shape: readonly number[]; readonly data: readonly number[] };
  /** What the configuration says of serving. @default - nothing */
  readonly deadlineMs?: number;
}

/** A development server in a process of its own, whose model `m` is steered by its alias record alone. */
export async function startScenario({ champion, challenger, input, deadlineMs }: ScenarioOptions) {
  const cwd = testFolder();
  const store = await openStore(`file:${join(cwd, '.onnward')}`);
  const registry = new Registry(store, { clock: Date.now, actor: 'test' });
  await registerFixture(registry, 'm', champion);
  await registry.setAlias('m', 'live', 1);
  await registerFixture(registry, 'm', challenger);
  if (deadlineMs !== undefined) {
    const config = `export default { models: { m: { serving: { deadlineMs: ${deadlineMs} } } } };`;
    writeFileSync(join(cwd, 'onnward.config.ts'), config);
  }
  const server = await listening(['dev', '--json'], { cwd });
  onTestFinished(async () => {
    server.kill('SIGINT');
    await server.ended;
  });
  const request = inferenceRequest('m', JSON.stringify({ inputs: [{ name: 'x', ...input }] }));
  const sequences: number[] = [];

  /** All traffic to version 1 but so many percent. */
  const split = async (weight: number): Promise<void> => {
    const released = { version: 1, target: '1', challenger: 2, challengerTarget: '2', weight, release: 'm-r1' };
    sequences.push((await registry.setReleased('m', 'live', released)).sequence);
  };
  /** All traffic to one version. */
  const settle = async (version: number): Promise<void> =>
    void (await registry.setReleased('m', 'live', { version, target: String(version), release: 'm-r1' }));

  const states = async (): Promise<Readonly<Record<string, string>>> => {
    const response = await fetch(`${server.url}/v2/repository/index`, { method: 'POST' });
    const index = (await response.json()) as { name: string; version: string; state: string }[];
    return Object.fromEntries(index.flatMap(({ name, version, state }) => (name === 'm' ? [[version, state]] : [])));
  };

  /** What the server has written down, of all states of the record together. */
  const counted = async () => {
    const snapshots: TrafficSnapshot[] = [];
    for (const sequence of sequences) snapshots.push(...(await readSnapshots(store, 'm-r1', sequence)));
    const deaths = snapshots.reduce((sum, snapshot) => sum + snapshot.deaths, 0);
    const missed = snapshots.reduce((sum, snapshot) => sum + snapshot.challenger.missed, 0);
    const [one, other] = [observed(snapshots, 'champion'), observed(snapshots, 'challenger')];
    return { champion: one, challenger: other, deaths, missed };
  };

  return {
    server,
    split,
    settle,
    states,
    counted,
    load: (rate: number) => new Load({ url: server.url, request, rate }),
    challengerPid: () => challengerOf(server.pid),
  };
}

/** The process of the challenger, which is a child of the server. */
function challengerOf(server: number): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => parentOf(pid) === server && read(`/proc/${pid}/cmdline`).includes('challenger-process'));
}

/** The fourth field, counted behind the name, which may hold anything. */
const parentOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
