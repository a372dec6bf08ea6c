import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from './root.ts';

/** A package of npm whose code is deployed. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX, as the package says. */
  readonly licence: string;
  /** Path from the root. */
  readonly folder: string;
}

/** The packages that an output holds bytes of: what was shaken out of it is not in it. */
export function packagesOf({ inputs }: Metafile['outputs'][string]): BundledPackage[] {
  const held = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = held.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].sort().map(readPackage);
}

/** A package by its folder's path from the root. */
export function readPackage(folder: string): BundledPackage {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(text) as { name: string; version: string; license?: string };
  return { name, version, licence: license ?? 'NOASSERTION', folder };
}

/** Each package once, by name and version. */
export function unique(packages: readonly BundledPackage[]): BundledPackage[] {
  const byKey = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

const RULE = `\n${'-'.repeat(80)}\n\n`;

/** The licence texts that packages ship, which travel with their code; a text that several share stands once. */
export function licenceTexts(packages: readonly BundledPackage[]): string {
  const byText = Map.groupBy(packages, textsOf);
  const titled = Array.from(byText, ([text, shared]) => `${shared.map(titleOf).join('\n')}\n\n${text}\n`);
  return titled.sort().join(RULE);
}

const titleOf = ({ name, version, licence }: BundledPackage): string => `${name} ${version} (${licence})`;

function textsOf({ folder }: BundledPackage): string {
  const absolute = join(root, folder);
  const names = readdirSync(absolute).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  const texts = names.sort().map((name) => readFileSync(join(absolute, name), 'utf8').trim());
  return texts.join('\n\n') || 'The package ships no text of its licence.';
}
