import { aliasesContract } from './aliases.ts';
import { deathsContract } from './deaths.ts';
import { historyContract } from './history.ts';
import { missingContract } from './missing.ts';
import type { RegistryContract } from './places.ts';
import { releasesContract } from './releases.ts';
import { registerContract } from './register.ts';
import { verifyContract } from './verify.ts';

/** What a registry promises on any store. */
export function registryContract(contract: RegistryContract): void {
  registerContract(contract);
  missingContract(contract);
  aliasesContract(contract);
  releasesContract(contract);
  historyContract(contract);
  deathsContract(contract);
  verifyContract(contract);
}
