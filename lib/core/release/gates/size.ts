import { type Answer, NO_CHAMPION } from './answer.ts';
import type { Gate } from './options.ts';
import { times } from './sentences.ts';

/** Bytes of all files of a version. */
export interface Sizes {
  readonly challenger: number;
  /** @default - there is none to compare with */
  readonly champion?: number;
}

/** The files are known to the byte, so it is never in doubt. */
export function sizeBelow({ bytes: limit }: Gate<'sizeBelow'>, { challenger: size }: Sizes): Answer {
  const verdict = size <= limit ? 'pass' : 'fail';
  return { verdict, sentence: `${size} bytes; ${limit} are allowed.`, numbers: { size, limit } };
}

export function notLarger({ ratio: limit }: Gate<'notLarger'>, { challenger, champion }: Sizes): Answer {
  if (champion === undefined) return NO_CHAMPION;
  const ratio = challenger / champion;
  return {
    verdict: ratio <= limit ? 'pass' : 'fail',
    sentence: `${challenger} bytes are ${times(ratio)} ${champion}; ${limit} is allowed.`,
    numbers: { size: challenger, champion, ratio, limit },
  };
}
