import { aliasesPrefix, aliasKey, historyKey } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { type AliasRecord, aliasState, encodeAlias } from './aliases.ts';
import { sha256 } from './document.ts';
import { corruption, type Finding, note } from './finding.ts';
import type { HistoryRecord } from './history.ts';
import { readableRecord } from './verify-chain.ts';

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
    if (same(stored?.bytes, last) || (await isNewer(store, name, newest, stored?.bytes))) continue;
    const source = `history record ${last.sequence}`;
    yield last.sequence === newest && same(stored?.bytes, before)
      ? note('alias.behind', key, `does not follow ${source} yet; the next change of the model brings it up.`)
      : corruption('alias.touched', key, stored ? `is not what ${source} made of it.` : `of ${source} is gone.`);
  }
  const known = new Set([...states.keys()].map((alias) => aliasKey(name, alias)));
  for await (const { key } of store.list(aliasesPrefix(name))) {
    if (known.has(key) || (await isNewer(store, name, newest, (await store.get(key))?.bytes))) continue;
    yield corruption('alias.unrecorded', key, 'is not in the history.');
  }
}

/** Whether an alias file follows a record that was written after the history was read: others are at work. */
async function isNewer(store: ObjectStore, name: string, newest: number, bytes?: Uint8Array): Promise<boolean> {
  const sequence = bytes && sequenceOf(bytes);
  if (sequence === undefined || sequence <= newest) return false;
  const key = historyKey(name, sequence);
  const stored = await store.get(key);
  const record = stored && readableRecord(key, stored.bytes);
  return record !== undefined && same(bytes, aliasState(record));
}

function sequenceOf(bytes: Uint8Array): number | undefined {
  const sequence = /"sequence": (\d{1,15})/.exec(Buffer.from(bytes).toString())?.[1];
  return sequence === undefined ? undefined : Number(sequence);
}

function same(bytes: Uint8Array | undefined, state: AliasRecord | undefined): boolean {
  if (!bytes || !state) return !bytes && !state;
  return sha256(bytes) === sha256(encodeAlias(state));
}
