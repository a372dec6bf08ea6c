import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import { recordGolden } from '#serving/in-process.ts';

/** What a model answers to one request of the Open Inference Protocol, by the very code that a server answers with. Throws `invoke.refused`. */
export async function ask(model: LoadedModel, question: string): Promise<readonly Tensor[]> {
  const [golden] = await recordGolden(model, once(question));
  return golden?.outputs ?? [];
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
