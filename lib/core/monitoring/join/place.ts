import { OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Registry } from '../../registry/registry.ts';
import type { CapturedEvent } from '../capture/captured.ts';
import type { FeedbackOptions } from '../feedback-options.ts';
import type { Predicting } from '../prediction.ts';
import type { RecordsPlace, Span } from '../truth/records.ts';

/** What was captured of a model within a span, by the time of the events. */
type CaptureReader = (model: string, span: Span) => AsyncIterable<CapturedEvent>;

/** Whoever joins truths with what was captured. */
export interface JoinPlace extends RecordsPlace {
  readonly registry: Pick<Registry, 'manifest'>;
  readonly capture: CaptureReader;
}

/** What is looked at of a version's answers. */
export const predictingOf = (
  { signature, labels, task }: Manifest,
  { output }: Pick<FeedbackOptions, 'output'>,
): Predicting => ({ outputs: signature.outputs, labels, task, output });

/** Kinds of errors of a version that there is not. */
const GONE: readonly string[] = ['not-found', 'corrupt'];

/** Manifests of a model, each read once; undefined for a version that there is not (any more), or that is damaged. Throws what may pass. */
export class Versions {
  readonly #place: Pick<JoinPlace, 'registry' | 'onMessage'>;
  readonly #model: string;
  readonly #manifests = new Map<number, Promise<Manifest | undefined>>();

  constructor(place: Pick<JoinPlace, 'registry' | 'onMessage'>, model: string) {
    this.#place = place;
    this.#model = model;
  }

  manifest(version: number): Promise<Manifest | undefined> {
    const known = this.#manifests.get(version) ?? this.#read(version);
    this.#manifests.set(version, known);
    return known;
  }

  async #read(version: number): Promise<Manifest | undefined> {
    try {
      return await this.#place.registry.manifest(this.#model, version);
    } catch (error) {
      // What may pass is no reason to take rows for gone.
      if (!(error instanceof OnnwardError && GONE.includes(error.kind))) throw error;
      this.#place.onMessage?.(`${this.#model}:${version} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }
}
