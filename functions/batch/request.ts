import { maxRequestBytes, requestOfBody } from '#core/batch/requests.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { answerRequest as answer } from '#serving/async/answer.ts';

/**
 * Answers the request whose body is at `key`, with the version that it was given; does nothing where that is not the key
 * of a body, and where there is an answer. Throws what may pass: to be called again, until a failure is recorded.
 */
export async function answerRequest(
  { store, registry, clock, model, price }: Pick<BatchWorld, 'store' | 'registry' | 'clock' | 'model' | 'price'>,
  key: string,
): Promise<void> {
  const name = requestOfBody(key);
  if (!name) return;
  const open = async (pinned: { readonly name: string; readonly version: number }) => {
    const manifest = await registry.manifest(pinned.name, pinned.version);
    return { name: pinned.name, version: pinned.version, manifest, model: await model(manifest) };
  };
  await answer({ store, clock, open, maxBodyBytes: maxRequestBytes(price.memory) }, name);
}
