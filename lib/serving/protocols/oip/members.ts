import { invalid } from '#core/errors.ts';
import { CLOSE_OBJECT, COLON, OPEN_OBJECT, type Scanner } from './scanner.ts';

const NAMES = ['name', 'shape', 'datatype', 'data', 'parameters', 'inputs', 'outputs', 'id'] as const;

/** The keys that the protocol gives a meaning to. */
export type MemberName = (typeof NAMES)[number];

interface Member {
  readonly name: MemberName;
  readonly bytes: Buffer;
  /** One of its own each, to mark as seen. */
  readonly bit: number;
}

const MEMBERS: readonly Member[] = NAMES.map((name, index) => ({ name, bytes: Buffer.from(name), bit: 1 << index }));

/**
 * Reads an object; `read` is called with the cursor on each value, and must take it. A known member may come once:
 * two would leave open which of them counts.
 */
export function readObject(scanner: Scanner, read: (name: MemberName | undefined) => void): void {
  if (!scanner.opens(OPEN_OBJECT, CLOSE_OBJECT)) return;
  let seen = 0;
  do {
    const member = readKey(scanner);
    scanner.expect(COLON);
    scanner.peek();
    if (member === undefined) read(undefined);
    else {
      if (seen & member.bit) throw invalid('request.duplicate', `"${member.name}" is given twice in one object`);
      seen |= member.bit;
      read(member.name);
    }
  } while (scanner.another(CLOSE_OBJECT));
}

/** By the first byte of the key, so that two are compared at most. */
const BY_FIRST_BYTE = Map.groupBy(MEMBERS, ({ bytes }) => bytes[0] as number);
const NONE: readonly Member[] = [];

/** Known keys are told by their bytes; only others are decoded, as a known one may be hidden in escapes. */
function readKey(scanner: Scanner): Member | undefined {
  scanner.peek();
  const candidates = BY_FIRST_BYTE.get(scanner.bytes[scanner.at + 1] as number) ?? NONE;
  for (let i = 0; i < candidates.length; i++) {
    const member = candidates[i] as Member;
    if (scanner.takes(member.bytes)) return member;
  }
  const key = scanner.string();
  return MEMBERS.find(({ name }) => name === key);
}
