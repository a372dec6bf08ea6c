import { isAwsError } from '../aws-errors.ts';
import type { FunctionFacts } from './facts.ts';
import type { LambdaFunction } from './function.ts';
import { idsOf } from './split.ts';

/** Versions that stay whoever uses them: the newest ones. */
const KEPT = 10;

/** Deletes published versions that no alias leads to, `keep` and the newest ten apart, and tells them. Throws `aws.*`. */
export async function retireVersions(fn: LambdaFunction, keep: readonly string[]): Promise<FunctionFacts[]> {
  const [versions, aliases] = await Promise.all([fn.versions(), fn.aliases()]);
  const used = new Set([...keep, ...aliases.flatMap(idsOf)]);
  const retired: FunctionFacts[] = [];
  for (const facts of versions.slice(0, -KEPT)) {
    if (!used.has(facts.version) && (await retire(fn, facts.version))) retired.push(facts);
  }
  return retired;
}

/** Whether it is gone; an alias may lead to it by now. */
async function retire(fn: LambdaFunction, version: string): Promise<boolean> {
  try {
    if (await fn.provisioning(version)) await fn.unprovision(version);
    await fn.deleteVersion(version);
    return true;
  } catch (error) {
    if (isAwsError(error, 'ResourceConflictException')) return false;
    throw error;
  }
}
