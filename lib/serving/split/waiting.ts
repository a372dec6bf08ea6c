import type { Tensor } from '#core/model/tensor.ts';
import type { InferenceOptions, LoadedModel } from '#core/ports.ts';

/** One request; when it was asked, by `performance.now()`. */
interface Asked {
  readonly atMs: number;
}

/** Requests that versions were asked and have not answered yet, of the models that are watched. */
export class Waiting {
  readonly #isWatched: (name: string) => boolean;
  /** By reference. Arrays, as the oldest mostly goes first. */
  readonly #asked = new Map<string, Asked[]>();

  constructor(isWatched: (name: string) => boolean) {
    this.#isWatched = isWatched;
  }

  /** The model, as it is but for that. While nobody watches, a request costs a look at whether. */
  watched(name: string, version: number, model: LoadedModel): LoadedModel {
    const asked = this.#of(name, version);
    const isWatched = (): boolean => this.#isWatched(name);
    return {
      get signature() {
        return model.signature;
      },
      get statistics() {
        return model.statistics;
      },
      infer: (inputs, options) =>
        isWatched() ? inferWatched(model, asked, inputs, options) : model.infer(inputs, options),
      close: () => model.close(),
    };
  }

  /** How long each has waited by now, ms. */
  agesMs(name: string, version: number): readonly number[] {
    const now = performance.now();
    return this.#of(name, version).map(({ atMs }) => now - atMs);
  }

  #of(name: string, version: number): Asked[] {
    const reference = `${name}:${version}`;
    const known = this.#asked.get(reference) ?? [];
    this.#asked.set(reference, known);
    return known;
  }
}

async function inferWatched(
  model: LoadedModel,
  asked: Asked[],
  inputs: readonly Tensor[],
  options: InferenceOptions | undefined,
): Promise<readonly Tensor[]> {
  const request = { atMs: performance.now() };
  asked.push(request);
  try {
    return await model.infer(inputs, options);
  } finally {
    asked.splice(asked.indexOf(request), 1);
  }
}
