import { aliasesPrefix, aliasKey } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { type AliasRecord, aliasState, encodeAlias } from './aliases.ts';
import { sha256 } from './document.ts';
import { corruption, type Finding, note } from './finding.ts';
import type { HistoryRecord } from './history.ts';

/** What the history says of the aliases: the newest state of each, and the one before it. */
export class ExpectedAliases {
  readonly states = new Map<string, { readonly last: AliasRecord; readonly before: AliasRecord | undefined }>();
  /** Of the newest record of all: its alias file may be behind, for its writer may have died (or be at work). */
  newest = 0;

  add(record: HistoryRecord): void {
    this.newest = record.sequence;
    const last = aliasState(record);
    if (last) this.states.set(last.alias, { last, before: this.states.get(last.alias)?.last });
  }
}

/** An alias file must be, byte for byte, what its last record made of it. */
export async function* verifyAliases(
  store: ObjectStore,
  name: string,
  { states, newest }: ExpectedAliases,
): AsyncIterable<Finding> {
  for (const [alias, { last, before }] of states) {
    const key = aliasKey(name, alias);
    const stored = await store.get(key);
    if (same(stored?.bytes, last)) continue;
    const source = `history record ${last.sequence}`;
    yield last.sequence === newest && same(stored?.bytes, before)
      ? note('alias.behind', key, `does not follow ${source} yet; the next change of the model brings it up.`)
      : corruption('alias.touched', key, stored ? `is not what ${source} made of it.` : `of ${source} is gone.`);
  }
  for await (const { key } of store.list(aliasesPrefix(name))) {
    if (![...states.keys()].some((alias) => key === aliasKey(name, alias))) {
      yield corruption('alias.unrecorded', key, 'is not in the history.');
    }
  }
}

function same(bytes: Uint8Array | undefined, state: AliasRecord | undefined): boolean {
  if (!bytes || !state) return !bytes && !state;
  return sha256(bytes) === sha256(encodeAlias(state));
}
