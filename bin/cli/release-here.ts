import { availableParallelism } from 'node:os';
import { runRelease, type ReleaseRun } from '#adapters/local/workflow/release.ts';
import { OnnwardError } from '#core/errors.ts';
import type { GoOn, NewRelease } from '#core/release/events.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { functionFailure } from './function-failure.ts';
import { follow, seenOf, untilEnded } from './release-follow.ts';
import { openReleaseFunction } from './release-function.ts';
import type { Ask, RunOptions } from './release-place.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';
import { untilStopped } from './signals.ts';

/** How long a state that is under way may go on after a Ctrl-C, ms: what it has not recorded is done again. */
const GRACE_MS = 2_000;

/** Runs the workflow on this machine, and tells the person who waits how it goes. */
export async function runHere(
  workplace: Workplace,
  request: NewRelease | GoOn,
  { json, processes = availableParallelism() }: RunOptions,
): Promise<string | undefined> {
  const releases = openReleaseFunction(workplace, processes);
  const seen = 'release' in request ? await seenOf(workplace.store, request.release) : undefined;
  const stop = new AbortController();
  const told = new AbortController();
  void untilStopped(() => {
    say('Stopping: what is recorded stands. Once more ends it at once.');
    stop.abort();
    void releases.close(GRACE_MS);
  });
  let following = Promise.resolve();
  const onOpen = (release: string): void => {
    if (release === '') return;
    if (!json) following = follow(workplace.store, release, told.signal, seen);
    untilEnded(workplace.store, release, told.signal).then(
      () => stop.abort(),
      () => undefined,
    );
  };
  try {
    const run = await runRelease(releases, request, { signal: stop.signal, onOpen });
    return await releaseOf(workplace, run);
  } finally {
    told.abort();
    await following;
    await releases.close(GRACE_MS);
  }
}

/** Has the function answer one event. */
export async function askHere(workplace: Workplace, event: Ask): Promise<unknown> {
  const releases = openReleaseFunction(workplace, 1);
  try {
    return await releases.invoke(event);
  } catch (error) {
    throw failed(error, undefined);
  } finally {
    await releases.close(GRACE_MS);
  }
}

async function releaseOf({ store }: Workplace, { outcome, opened, failure }: ReleaseRun): Promise<string | undefined> {
  const release = opened?.release || undefined;
  if (outcome.status === 'ABORTED') {
    const hasEnded = release !== undefined && (await releaseStatus(store, release)).end !== undefined;
    if (hasEnded) return release;
    throw interrupted(release);
  }
  // How the release ended is in its documents; any other name is that of an error.
  const isBroken = outcome.status === 'FAILED' && !outcome.error.startsWith('Onnward.');
  if (opened && !isBroken) return release;
  throw failed(failure ?? outcome, release);
}

const interrupted = (release: string | undefined): OnnwardError =>
  new OnnwardError(`You stopped it, and ${release ?? 'the release'} is open: live traffic stays as it is now.`, {
    code: 'release.interrupted',
    kind: 'unavailable',
    fix:
      release === undefined
        ? 'Run it again.'
        : `Run the same command again to go on, or \`onnward abort ${release} --reason …\` to send all traffic back.`,
    fields: { release },
  });

const failed = (error: unknown, release: string | undefined): OnnwardError =>
  functionFailure(error, {
    code: 'release.failed',
    what: `${release ?? 'The release'} could not be run`,
    fix: 'Run it again: what is recorded stands. With ONNWARD_DEBUG=1 you see what its processes print.',
    fields: { release },
  });
