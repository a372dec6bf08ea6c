import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hashOfFile } from './files.ts';
import type { BundledPackage } from './packages.ts';
import { root } from './root.ts';
import type { Runtime } from './runtime.ts';

/** What CycloneDX 1.6 says of a piece of software; the part of its schema that we fill in. */
interface Component {
  readonly type: 'application' | 'library' | 'file';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
}

/**
 * The bill of the software that we add to a base image, CycloneDX 1.6: every package whose code is in it, and ONNX
 * Runtime's libraries by hash. It has neither time nor serial number: the same code gives the same bytes.
 */
export function softwareBill(packages: readonly BundledPackage[], { files }: Runtime): object {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  const own = componentOf({ name, version, licence: license, folder: '' });
  const components = [...packages.map(componentOf), ...libraries(files)];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...own, type: 'application' } },
    components,
    dependencies: [{ ref: own['bom-ref'], dependsOn: components.map((each) => each['bom-ref']) }],
  };
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

function componentOf({ name, version, licence }: BundledPackage): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { type: 'library', 'bom-ref': purl, name, version, purl, licenses: [licenceOf(licence)] };
}

/** One identifier of SPDX, or an expression of several. */
const licenceOf = (licence: string) => (/[ ()]/.test(licence) ? { expression: licence } : { license: { id: licence } });

const libraries = (files: Runtime['files']): Component[] =>
  files
    .filter(({ path }) => /\.(?:node|so\.1)$/.test(path))
    .map(({ path, from }) => ({
      type: 'file',
      'bom-ref': path,
      name: basename(path),
      hashes: [{ alg: 'SHA-256', content: hashOfFile(from as string) ?? '' }],
    }));
