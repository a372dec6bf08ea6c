import { shardsKey } from '../../release/evaluation/keys.ts';
import type { EvaluationWorld } from '../../release/evaluation/evaluation.ts';
import type { EvaluationPlan } from '../../release/evaluation/plan.ts';
import { readDocument } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { LoadedModel } from '../../ports.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import { apartFrom } from '../../scoring/refused-rows.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { Shard } from '../../scoring/shard.ts';
import type { TrainingWorld } from '../world.ts';

/** Rows that a model has answered, and that others can be asked. Valid until the next ones are asked for. */
export interface AskedRows {
  readonly rows: number;
  readonly answers: readonly Tensor[];
  /** @default - they are known as JSON alone */
  readonly inputs?: readonly Tensor[];
  ask(model: LoadedModel): Promise<readonly Tensor[]>;
}

/** Whether a model cannot compute the values, and it is not the machine that is short of something. */
export const isRefusal = (error: unknown): boolean => error instanceof OnnwardError && error.kind === 'invalid';

/** Held-out rows in tensor batches, without those that the model refuses. */
export async function* heldOutRows(
  { store, formats, inputs }: EvaluationWorld,
  { id, plan, layout }: { readonly id: string; readonly plan: EvaluationPlan; readonly layout: RowLayout },
  model: LoadedModel,
  batchRows: number,
): AsyncGenerator<AskedRows, void, undefined> {
  const { data } = plan;
  const source = { reader: await inputs(data.store), input: data };
  for (const { part } of (await readDocument<readonly Shard[]>(store, shardsKey(id))) ?? []) {
    for await (const event of formats[data.format].rows(source, { part, layout, batchRows })) {
      const asked = 'batch' in event ? await answered(model, event.batch) : undefined;
      if (asked) yield asked;
    }
  }
}

async function answered(model: LoadedModel, batch: RowBatch): Promise<AskedRows | undefined> {
  const asked = async ({ inputs, rows }: RowBatch): Promise<AskedRows> => ({
    rows,
    inputs,
    answers: await model.infer(inputs),
    ask: (other) => other.infer(inputs),
  });
  try {
    return await asked(batch);
  } catch (error) {
    const { rest } = await apartFrom(model, batch, error);
    return rest && asked(rest);
  }
}

/** Questions in JSON, one a line, without those that the model refuses. */
export async function* recordedRows(
  world: Pick<TrainingWorld, 'ask'>,
  lines: readonly string[],
  model: LoadedModel,
): AsyncGenerator<AskedRows, void, undefined> {
  for (const line of lines) {
    const answers = await world.ask(model, line).catch(() => undefined);
    if (answers) yield { rows: answers[0]?.shape[0] ?? 1, answers, ask: (other) => world.ask(other, line) };
  }
}
