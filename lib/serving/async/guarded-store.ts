import type { RequestStore } from '#core/batch/requests.ts';
import { OnnwardError } from '#core/errors.ts';
import { isPrecondition } from '#core/registry/precondition.ts';

/** What a store says names buckets, keys and roles: that is for whoever runs the server, and callers are told that it failed. */
export function guarded(store: RequestStore): RequestStore {
  const { links, createFrom } = store;
  return {
    get: (key) => guard(store.get(key)),
    has: (key) => guard(store.has(key)),
    create: (key, bytes) => guard(store.create(key, bytes)),
    ...(links && {
      links: {
        upload: (key, type) => guard(links.upload(key, type)),
        download: (key, type) => guard(links.download(key, type)),
      },
    }),
    ...(createFrom && {
      createFrom: (key: string, chunks: AsyncIterable<Uint8Array>) => guard(createFrom.call(store, key, chunks)),
    }),
  };
}

async function guard<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof OnnwardError) || !error.code.startsWith('store.') || isPrecondition(error)) throw error;
    process.emitWarning(`requests cannot be kept: ${error.message} ${error.fix ?? ''} (${error.code})`);
    throw new OnnwardError('requests cannot be kept, nor looked at, just now', {
      code: 'request.store',
      kind: 'unavailable',
      fix: "Try again; the server's log says why. Without 'Prefer: respond-async' an answer comes at once.",
      cause: error,
    });
  }
}
