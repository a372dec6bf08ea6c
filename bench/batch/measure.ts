import { isInstalled } from '../cache.ts';
import { median } from '../statistics.ts';
import { expectSameOutputs } from './compare.ts';
import { type Contender, modelOf, run, type Run, type Task } from './contenders.ts';
import { ENVIRONMENT, type InputKind, makeInput, REQUIREMENTS } from './inputs.ts';
import type { Cell, Large } from './results.ts';

/** Who is measured with what. Onnward is the first: its plan says how many rows the others put into a tensor. */
function contendersFor(kind: InputKind): readonly Contender[] {
  if (modelOf(kind) === 'cnn') return ['onnward', 'loop'];
  const script: Contender[] = isInstalled(ENVIRONMENT, REQUIREMENTS) ? ['script'] : [];
  return kind === 'iris.parquet' ? ['onnward', ...script] : ['onnward', 'bare', 'bare-write', ...script];
}

/** All contenders of a file by turns, so that what slows the machine slows them alike. The first round does not count. */
export async function measure(kind: InputKind, megabytes: number, rounds: number): Promise<Cell[]> {
  const task: Task = { kind, megabytes, path: await makeInput(kind, megabytes) };
  const sampled = contendersFor(kind).map((contender) => ({ contender, runs: [] as Run[] }));
  await rehearse({ ...task, path: await makeInput(kind, REHEARSED_MEGABYTES), megabytes: REHEARSED_MEGABYTES });
  for (let round = 0; round < rounds; round++) {
    for (const { contender, runs } of sampled) runs.push(await run(contender, task));
  }
  return sampled.map(({ contender, runs }) => {
    const [{ rows }] = runs as [Run];
    console.log(`${kind}, ${megabytes} MB, ${contender}: ${median(runs.map(({ seconds }) => seconds)).toFixed(1)} s`);
    return {
      kind,
      megabytes,
      contender,
      rows,
      rounds: runs.map(({ seconds, scoring, peak }) => ({ seconds, scoring, peak })),
    };
  });
}

const REHEARSED_MEGABYTES = 5;

/** Programs are read from the disk, and what comes out is compared. */
async function rehearse(task: Task): Promise<void> {
  const contenders = contendersFor(task.kind);
  const ours = await run('onnward', task);
  for (const contender of contenders.slice(1)) {
    const { rows, outputs } = await run(contender, task);
    if (rows !== ours.rows) throw new Error(`${contender} has scored ${rows} rows, and Onnward ${ours.rows}`);
    if (outputs.length === 0 || task.kind.endsWith('.parquet')) continue;
    const compared = await expectSameOutputs(ours.outputs, outputs);
    if (compared !== rows) throw new Error(`${contender} wrote ${compared} rows of ${rows}`);
  }
}

/** One job, for its memory. */
export async function measureLarge(kind: InputKind, megabytes: number): Promise<Large> {
  const { seconds, rows, peak } = await run('onnward', { kind, megabytes, path: await makeInput(kind, megabytes) });
  console.log(`${kind}, ${megabytes} MB: ${seconds.toFixed(0)} s, at most ${Math.round(peak / 1e6)} MB of memory`);
  return { kind, megabytes, seconds, rows, peak };
}
