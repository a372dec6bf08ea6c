import type { ArgsDef } from 'citty';
import { usageError } from './arguments.ts';
import { openReleasePlace, type ReleasePlace } from './release-place.ts';
import { notLive, reportRelease } from './release-report.ts';
import { releaseDocument } from './release-document.ts';
import { inWords } from '#core/release/release.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { print, printJson } from './output.ts';

export const decideArguments = (what: string) =>
  ({
    release: { type: 'positional', required: true, description: what },
    reason: { type: 'string', valueHint: 'TEXT', description: 'Recorded, with who says so' },
  }) as const satisfies ArgsDef;

interface DecideArguments {
  readonly release: string;
  readonly reason?: string | undefined;
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Records what a person says of a release that waits, and has its workflow go on. */
export async function decideOn(decision: 'approve' | 'reject', args: DecideArguments): Promise<void> {
  const reason = reasonOf(decision, args);
  const place = await openReleasePlace(args);
  const json = args.json === true;
  await place.ask({ task: 'decide', release: args.release, decision, actor: place.actor, reason });
  await place.run({ release: args.release }, { json });
  if (decision === 'approve') return reportRelease(place, args.release, json);
  await reportRejected(place, args.release, json);
}

/** What is asked for is no failure. */
export async function reportRejected(place: ReleasePlace, id: string, json: boolean): Promise<void> {
  const status = await releaseStatus(place.store, id);
  if (json) printJson(await releaseDocument(place.store, status));
  if (!status.end || status.state === 'live') throw notLive(status, place.where);
  const { model, version } = status.release;
  if (!json) print(`${model}:${version} ${inWords(status.state)}.`);
}

/** Throws `usage.missing_option`: nobody's word is recorded without why. */
export function reasonOf(command: string, { release, reason }: DecideArguments): string {
  if (reason !== undefined) return reason;
  throw usageError(
    'missing_option',
    '--reason is missing: it is recorded with who says so.',
    `Run \`onnward ${command} ${release} --reason "TEXT"\`.`,
  );
}
