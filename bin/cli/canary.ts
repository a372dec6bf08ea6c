import type { AliasRecord } from '#core/registry/aliases.ts';

/** A version that a release tries on a share of the live requests, as the registry records it. */
export interface Canary {
  readonly version: number;
  /** Percent of the requests. */
  readonly weight: number;
  /** @default - it is not known */
  readonly release?: string;
}

/** The canary of a model, by its aliases; undefined where one version gets all requests. */
export function canaryOf(aliases: readonly AliasRecord[]): Canary | undefined {
  const { challenger, weight = 0, release } = aliases.find(({ alias }) => alias === 'live') ?? {};
  return challenger === undefined
    ? undefined
    : { version: challenger, weight, ...(release !== undefined && { release }) };
}

/** `10 % of the requests, by iris-r3` */
export const inWords = ({ weight, release }: Canary): string =>
  `${weight} % of the requests${release === undefined ? '' : `, by ${release}`}`;
