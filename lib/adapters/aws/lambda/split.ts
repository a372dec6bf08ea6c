import type { LiveSplit, Split, Target } from '#core/ports.ts';
import type { AliasFacts, AliasPointing } from './facts.ts';

/** Which version of the model each published version of a function pins. */
export type Pins = ReadonlyMap<string, number>;

const PINNED = /\b(\d{1,15}) serves version ([1-9]\d{0,14})\b/g;

/**
 * Where the alias is to lead for a split. The additional version of Lambda's routing is the challenger, and its weight a
 * fraction. The description says what each version pins, so that reading the alias is all that it takes to know: it is
 * written with the routing, and a published version never changes.
 */
export function pointingOf({ champion, challenger, weight }: Split): AliasPointing {
  const isSplit = challenger !== undefined && weight > 0;
  return {
    functionVersion: champion.id,
    weights: isSplit ? { [challenger.id]: weight / 100 } : {},
    description: described(isSplit ? [champion, challenger] : [champion]),
  };
}

const described = (targets: readonly Target[]): string =>
  targets.map(({ id, version }) => `${id} serves version ${version}`).join(', ');

/** What an alias itself says of the versions that it leads to; empty where somebody else wrote its description. */
export function pinsOfAlias({ description }: Pick<AliasFacts, 'description'>): Pins {
  return new Map(Array.from(description.matchAll(PINNED), ([, id = '', version]) => [id, Number(version)]));
}

/** The published versions that an alias leads to, the champion first; none where it leads to $LATEST. */
export function idsOf({ functionVersion, weights }: Pick<AliasFacts, 'functionVersion' | 'weights'>): string[] {
  if (functionVersion === '$LATEST') return [];
  const [additional] = Object.entries(weights).filter(([, weight]) => weight > 0);
  return additional ? [functionVersion, additional[0]] : [functionVersion];
}

/** The split that an alias stands for; `pins` has all of `idsOf`. */
export function splitOf(alias: AliasFacts, pins: Pins): LiveSplit | undefined {
  const [champion, challenger] = idsOf(alias).map((id): Target => ({ id, version: pins.get(id) as number }));
  if (!champion) return undefined;
  return {
    champion,
    ...(challenger && { challenger }),
    weight: challenger ? percentOf(alias.weights[challenger.id] as number) : 0,
    revision: alias.revisionId,
  };
}

/** Undoes what the division by 100 does to the last digits. */
const percentOf = (fraction: number): number => Math.round(fraction * 1e8) / 1e6;
