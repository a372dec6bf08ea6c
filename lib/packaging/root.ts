import { fileURLToPath } from 'node:url';

/** Absolute folder of this package, where `functions` lies; paths of sources are told from here. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
