/** Characters of a rule's pattern, less what is not about names. Source: the EventBridge user guide, "quotas": 2048. */
const MOST_NAMES = 1700;

/** Names that EventBridge is to match: keys of objects, alarms. */
export type NamePattern = string | { readonly prefix: string } | { readonly wildcard: string };

/** As few groups as rules hold them, in their order. */
export function grouped<T extends NamePattern>(names: readonly T[]): T[][] {
  const groups: T[][] = [];
  let room = 0;
  for (const name of names) {
    const size = JSON.stringify(name).length + 1;
    if (size > room) {
      groups.push([]);
      room = MOST_NAMES;
    }
    groups.at(-1)?.push(name);
    room -= size;
  }
  return groups;
}
