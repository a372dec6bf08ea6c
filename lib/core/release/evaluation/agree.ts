import { classMap } from './classes.ts';
import type { PredictionPlan } from './prediction.ts';

/** What the classes of an evaluation are, for both versions. */
export interface Agreed {
  readonly classes: readonly string[];
  readonly challenger: PredictionPlan;
  readonly champion?: PredictionPlan;
  readonly notes: readonly string[];
}

/**
 * Makes one list of classes for both: the challenger's, in its order; where nobody has named these, the names that the
 * champion has for as many. The champion's go by name; only numbers stand for those at the same place. `found` is what the
 * label column holds, of labels that nobody has named.
 */
export async function agreeOnClasses(
  challenger: PredictionPlan,
  champion: PredictionPlan | undefined,
  found: () => Promise<readonly string[]>,
): Promise<Agreed> {
  if (challenger.kind === 'value') return { classes: [], challenger, ...(champion && { champion }), notes: [] };
  const lent = champion && borrows(challenger, champion);
  const known = lent ? champion.classes : challenger.classes;
  const classes = known.length > 0 || challenger.kind !== 'label' ? known : await found();
  const mine = { ...challenger, classes };
  const notes = lent && champion.named ? ['The classes of the challenger are named as those of the champion.'] : [];
  if (!champion) return { classes, challenger: mine, notes };
  const theirs = mapped(champion, classes);
  return { classes, challenger: mine, champion: theirs, notes: [...notes, ...differences(theirs, classes)] };
}

/** Whether the champion's names are those of the challenger's classes. */
function borrows(challenger: PredictionPlan, champion: PredictionPlan): boolean {
  if (challenger.named) return false;
  if (challenger.classes.length === 0) return challenger.kind === 'label' && champion.classes.length > 0;
  return champion.named && champion.classes.length === challenger.classes.length;
}

function mapped(champion: PredictionPlan, classes: readonly string[]): PredictionPlan {
  const same = champion.classes.length === 0 || (!champion.named && champion.classes.length === classes.length);
  if (same) return { ...champion, classes };
  const map = classMap(champion.classes, classes);
  return map ? { ...champion, map } : champion;
}

function differences({ classes: own, map }: PredictionPlan, classes: readonly string[]): string[] {
  if (!map) return [];
  const lacks = classes.filter((_, index) => !map.includes(index));
  const more = own.filter((_, index) => map[index] === -1);
  if (lacks.length === 0 && more.length === 0) return ['The champion has the same classes in another order.'];
  const missing = lacks.length === 0 ? [] : [`it does not know ${shown(lacks)}`];
  const strange = more.length === 0 ? [] : [`where it says ${shown(more)}, it is wrong`];
  return [`The champion has other classes: ${[...missing, ...strange].join('; ')}.`];
}

const shown = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
