import type { BatchWorld } from '#core/batch/world.ts';
import type { ObjectStore } from '#core/ports.ts';

/** Stand-in. */
export const formats = (_store: ObjectStore): BatchWorld['formats'] => ({}) as BatchWorld['formats'];
export const writers: BatchWorld['writers'] = {} as BatchWorld['writers'];
