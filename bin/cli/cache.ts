import { homedir } from 'node:os';
import { join } from 'node:path';

/** What may be deleted at any time: files of a registry that is not on this machine, and versions that were baked. */
export const CACHE_FOLDER = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'onnward');
