import type { ObjectStore } from '../ports.ts';
import type { Finding } from './finding.ts';
import { verifyChain } from './verify-chain.ts';
import { ExpectedAliases, verifyAliases } from './verify-aliases.ts';
import { verifyVersions, type VerifyOptions } from './verify-versions.ts';

/**
 * The chain first, for all else is held against it; then each version's manifest and files; then the aliases. It only
 * reads. Whoever can rewrite a whole history can also rewrite its hashes: a signing key is what guards against that.
 */
export async function* verifyModel(store: ObjectStore, name: string, options: VerifyOptions): AsyncIterable<Finding> {
  const manifests = new Map<number, string>();
  const aliases = new ExpectedAliases();
  yield* verifyChain(store, name, (record) => {
    if (record.action === 'register') manifests.set(Number(record['version']), String(record['manifest']));
    aliases.add(record);
  });
  yield* verifyVersions(store, name, manifests, options);
  yield* verifyAliases(store, name, aliases);
}
