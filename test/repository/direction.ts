import { posix } from 'node:path';
import type { Sources } from './sources.ts';

interface Area {
  /** The areas that it may import besides itself. */
  readonly imports: readonly string[];
  /** The packages that it may import, or may not. */
  readonly packages?: { readonly only: readonly string[] } | { readonly not: readonly string[] };
}

const noCdk = { not: ['aws-cdk-lib', 'constructs'] };

/** Downward only. What runs in Lambda never reaches CDK, and what CDK runs knows handlers by path alone. */
const AREAS: Readonly<Record<string, Area>> = {
  'lib/core': { imports: [], packages: { only: ['node:crypto', 'valibot'] } },
  'lib/serving': { imports: ['lib/core'], packages: noCdk },
  // The shape of onnward.config.ts.
  'lib/config': { imports: ['lib/core'], packages: noCdk },
  'lib/adapters': { imports: ['lib/core', 'lib/config'], packages: noCdk },
  // Bundles the functions, by path, into what is deployed.
  'lib/packaging': { imports: ['lib/core'], packages: noCdk },
  'lib/constructs': { imports: ['lib/core', 'lib/packaging'] },
  'lib/stacks': { imports: ['lib/core', 'lib/config', 'lib/constructs', 'lib/packaging'] },
  functions: { imports: ['lib/core', 'lib/serving', 'lib/adapters'], packages: noCdk },
  bin: {
    imports: ['lib/core', 'lib/config', 'lib/serving', 'lib/adapters', 'lib/packaging', 'lib/constructs', 'lib/stacks'],
  },
};

const IMPORT =
  /^(?:import|export)\s[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'|import\.meta\.resolve\(\s*'([^']+)'/gm;

/** One sentence for each import that goes where it may not. */
export const violations = (sources: Sources): string[] =>
  [...sources].flatMap(([file, text]) =>
    specifiers(text).flatMap((specifier) => {
      const reason = refusal(file, specifier);
      return reason ? [`${file} imports ${specifier}: ${reason}`] : [];
    }),
  );

const specifiers = (text: string): string[] =>
  [...text.matchAll(IMPORT)].map((match) => match.slice(1).find((group) => group !== undefined) as string);

function refusal(file: string, specifier: string): string | undefined {
  const from = areaOf(file);
  const target = targetOf(file, specifier);
  if (target === undefined) return packageRefusal(from, specifier);
  const to = areaOf(target);
  if (!specifier.endsWith('.ts')) return 'imports carry the .ts extension';
  if (to === 'functions' && folderOf(target) !== folderOf(file)) return 'handlers are known by path, never by import';
  if (from === to) return undefined;
  if (!AREAS[from]?.imports.includes(to)) return `${from} may not import ${to}`;
  return specifier.startsWith('.') ? 'another area is imported by its # name' : undefined;
}

function packageRefusal(from: string, specifier: string): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const rule = AREAS[from]?.packages;
  if (!rule) return undefined;
  if ('only' in rule) return rule.only.includes(name) ? undefined : `${from} has only ${rule.only.join(', ')}`;
  return rule.not.includes(name) ? `${from} runs without CDK` : undefined;
}

/** The file that a specifier of ours names, from the root; undefined for a package. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `lib/${specifier.slice(1)}`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

function areaOf(path: string): string {
  const [top, second] = path.split('/') as [string, string];
  return top === 'lib' ? `lib/${second}` : top;
}

const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');
