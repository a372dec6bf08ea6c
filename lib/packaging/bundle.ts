import { join } from 'node:path';
import { type BuildFailure, buildSync } from 'esbuild';
import { invalid } from '#core/errors.ts';
import type { StagedFile } from './files.ts';
import { type BundledPackage, packagesOf, unique } from './packages.ts';
import { root } from './root.ts';

/** Entry points, by path from the root, and what they became. */
export interface Bundle {
  /** Each one ES module; it needs no other, unless they are split. */
  readonly files: readonly (StagedFile & { readonly from: Uint8Array })[];
  /** All that was read for them, by path from the root; the packages' own descriptions too. */
  readonly sources: readonly string[];
  /** Those whose code is in them. */
  readonly packages: readonly BundledPackage[];
}

/** What stands beside a bundle: it finds its native library by its own path. */
const BESIDE = ['onnxruntime-node', 'onnxruntime-common'];

/** CommonJS that asks for a module at run time finds no `require` in an ES module. */
const REQUIRE =
  'import{createRequire as createRequireHere}from"node:module";const require=createRequireHere(import.meta.url);';

/**
 * Bundles entry points, by the names (without `.mjs`) that they are to have. With `splitting`, what is imported only when
 * it is needed is read only then: more files, and a quicker start. Throws `packaging.bundle` with what esbuild says.
 */
export function bundle(
  entries: Readonly<Record<string, string>>,
  { minify = true, splitting = false }: { readonly minify?: boolean; readonly splitting?: boolean } = {},
): Bundle {
  const { outputFiles, metafile } = build(entries, { minify, splitting });
  const files = outputFiles.map(({ path, text }) => ({
    path: path.slice(OUT.length + 1),
    from: Buffer.from(text.includes('Dynamic require of') ? `${REQUIRE}\n${text}` : text),
  }));
  const packages = unique(Object.values(metafile.outputs).flatMap(packagesOf));
  const descriptions = packages.map(({ folder }) => `${folder}/package.json`);
  return { files, packages, sources: ['package.json', ...descriptions, ...Object.keys(metafile.inputs)] };
}

/** Nothing is written there. */
const OUT = join(root, 'bundle');

function build(
  entryPoints: Readonly<Record<string, string>>,
  options: { readonly minify: boolean; readonly splitting: boolean },
) {
  try {
    return buildSync({
      absWorkingDir: root,
      entryPoints: { ...entryPoints },
      outdir: OUT,
      outExtension: { '.js': '.mjs' },
      write: false,
      metafile: true,
      bundle: true,
      ...options,
      // Their texts are in licences.txt, whole.
      legalComments: 'none',
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      external: BESIDE,
      logLevel: 'silent',
    });
  } catch (cause) {
    const { errors, message } = cause as Partial<BuildFailure>;
    const first = errors?.[0];
    const where = first?.location ? `${first.location.file}:${first.location.line}: ` : '';
    throw invalid('packaging.bundle', `this cannot be bundled: ${where}${first?.text ?? message}`, { cause });
  }
}
