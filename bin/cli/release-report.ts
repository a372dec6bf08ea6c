import { OnnwardError } from '#core/errors.ts';
import { inWords } from '#core/release/release.ts';
import { type ReleaseStatus, releaseStatus } from '#core/release/releases.ts';
import { printJson, print } from './output.ts';
import { releaseDocument } from './release-document.ts';
import type { ReleasePlace } from './release-place.ts';
import { minute } from './release-words.ts';

/**
 * Says how a release stands. Throws, once all is said, where it is not live: `release.waiting`, `release.rejected`,
 * `release.rolled_back`, `release.aborted`, `release.failed`, `release.expired`, `release.open`.
 */
export async function reportRelease({ store, where }: ReleasePlace, id: string, json: boolean): Promise<void> {
  const status = await releaseStatus(store, id);
  if (json) printJson(await releaseDocument(store, status));
  const { model, version } = status.release;
  if (status.state !== 'live') throw notLive(status, where);
  if (!json) print(`${model}:${version} is live.`);
}

/** Why a release is not live, and what to do. */
export function notLive({ release, state, wait, end }: ReleaseStatus, where: string): OnnwardError {
  const { release: id, model, version } = release;
  const fields = { release: id, model, version, state };
  if (state === 'waiting' && wait) {
    return new OnnwardError(`${model}:${version} waits for a person until ${minute(wait.expires)}: ${wait.reason}`, {
      code: 'release.waiting',
      kind: 'conflict',
      fix: `Run \`onnward approve ${id} --reason …${where}\`, or \`onnward reject ${id} --reason …${where}\`.`,
      fields,
    });
  }
  if (!end) {
    return new OnnwardError(`${id} is under way.`, {
      code: 'release.open',
      kind: 'conflict',
      fix: `Run \`onnward watch ${id}${where}\`; if nobody is at it, \`onnward release ${model}:${version}${where}\` goes on.`,
      fields,
    });
  }
  return new OnnwardError(`${model}:${version} ${inWords(state)}: ${end.reason}`, {
    ...ENDED[end.state],
    kind: 'conflict',
    fix: `See \`onnward card ${model}:${version}${where}\` for all that was measured.`,
    fields,
  });
}

const ENDED = {
  live: { code: 'release.ended' },
  rejected: { code: 'release.rejected' },
  'rolled back': { code: 'release.rolled_back' },
  aborted: { code: 'release.aborted' },
  failed: { code: 'release.failed' },
  expired: { code: 'release.expired' },
} as const;
