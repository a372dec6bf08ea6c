import type { ArgsDef } from 'citty';
import { DURATION } from '#core/duration.ts';
import type { NewRelease } from '#core/release/events.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { usageError } from './arguments.ts';

/** What may be said of a release on the command line. */
export const RELEASE_OPTIONS = {
  why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded in the history' },
  'allow-breaking': {
    type: 'boolean',
    description: 'Inputs, outputs or labels may differ from those of the live version',
  },
  bake: {
    type: 'string',
    valueHint: 'TIME',
    description: 'How long each step of the canary is watched, instead of what the configuration says: 10s, 5m',
  },
  'minimum-requests': {
    type: 'string',
    valueHint: 'N',
    description: 'Requests of the challenger in each step of the canary',
  },
  'golden-traffic': { type: 'boolean', description: 'Recorded questions stand in for live requests that are missing' },
} as const satisfies ArgsDef;

interface Said {
  readonly why?: string | undefined;
  readonly 'allow-breaking'?: boolean | undefined;
  readonly bake?: string | undefined;
  readonly 'minimum-requests'?: string | undefined;
  readonly 'golden-traffic'?: boolean | undefined;
}

/** Throws `usage.*`. */
export function requestOf(model: string, said: Said, configured: ReleaseOptions): Omit<NewRelease, 'actor'> {
  const options = optionsOf(said, configured);
  return {
    model,
    ...(said.why !== undefined && { why: said.why }),
    ...(said['allow-breaking'] && { allowBreaking: true }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

function optionsOf(
  { bake, 'minimum-requests': minimum, 'golden-traffic': golden }: Said,
  { canary, judge }: ReleaseOptions,
): ReleaseOptions {
  if (bake !== undefined && !DURATION.test(bake)) {
    throw usageError('not_a_duration', `--bake is a time, not '${bake}'.`, "Write it as '10s', '5m' or '1h'.");
  }
  if (bake !== undefined && !canary?.length) {
    const fix = "Leave --bake out, or add `canary: [{ weight: 10, bake: '10m' }]` to the model in onnward.config.ts.";
    throw usageError('needless_option', '--bake is for the steps of a canary, and the configuration has none.', fix);
  }
  const requests = minimum === undefined ? undefined : Number(minimum);
  if (requests !== undefined && !(Number.isSafeInteger(requests) && requests >= 1)) {
    throw usageError(
      'not_a_number',
      `--minimum-requests is a whole number from 1, not '${minimum}'.`,
      'Give it digits.',
    );
  }
  const judging = {
    ...(requests !== undefined && { minimumRequests: requests }),
    ...(golden && { goldenTraffic: true }),
  };
  return {
    ...(bake !== undefined && canary && { canary: canary.map((step) => ({ ...step, bake })) }),
    ...(Object.keys(judging).length > 0 && { judge: { ...judge, ...judging } }),
  };
}
