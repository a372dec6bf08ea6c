import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '#packaging/bundle.ts';
import { filesBelow } from '#packaging/files.ts';
import { stageInference } from '#packaging/inference.ts';
import { root } from '#packaging/root.ts';
import { describe, expect, test } from 'vitest';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly 'bom-ref': string;
  readonly licenses?: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly hashes?: readonly { readonly content: string }[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Each file that is bundled says so in a comment, where it is not minified: another witness than the metafile. */
function packagesByComment(entries: Readonly<Record<string, string>>): string[] {
  const { files } = bundle(entries, { minify: false });
  const text = files.map(({ from }) => Buffer.from(from).toString()).join('\n');
  const folders = text.matchAll(/^\s*\/\/ (.*node_modules\/(?:@[^/]+\/)?[^/\n]+)\//gm);
  const found = new Set(Array.from(folders, ([, folder]) => folder as string));
  return Array.from(found, (folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Component;
    return `${name}@${version}`;
  }).sort();
}

describe.each(['zip', 'image'] as const)('the bill of software of the %s', (packaging) => {
  const { folder } = stageInference({ architecture: 'arm64', packaging });
  const task = packaging === 'zip' ? folder : join(folder, 'task');
  const bill = JSON.parse(readFileSync(join(task, 'sbom.cdx.json'), 'utf8')) as Bill;
  const libraries = bill.components.filter(({ type }) => type === 'library');

  test('is CycloneDX, of Onnward as it is', () => {
    const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Component;
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    expect(bill.metadata.component).toMatchObject({ type: 'application', name, version });
  });

  test('names the packages that are bundled, and ONNX Runtime beside them', () => {
    const entries: Record<string, string> = { handler: 'functions/inference/handler.ts' };
    if (packaging === 'image') {
      entries['serve'] = 'functions/inference/serve.ts';
      entries['health'] = 'functions/inference/health.ts';
      entries['worker'] = 'lib/adapters/onnx/worker.ts';
    }
    const beside = ['onnxruntime-common', 'onnxruntime-node'].map((name) => `${name}@1.30.0`);
    const named = libraries.map(({ name, version }) => `${name}@${version}`).sort();
    expect(named).toEqual([...packagesByComment(entries), ...beside].sort());
  });

  test('says under which licence each is', () => {
    const unknown = libraries.filter(({ licenses }) => !licenses?.every(({ license }) => LICENCES.has(license?.id)));
    expect(unknown).toEqual([]);
  });

  test('has the hash of every native library that is there', () => {
    const native = filesBelow(folder).filter((path) => /\.(node|so\.1)$/.test(path));
    const hashes = native.map((path) =>
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    );
    const billed = bill.components.flatMap((each) => each.hashes?.map(({ content }) => content) ?? []);
    expect(billed.sort()).toEqual(hashes.sort());
    expect(native).toHaveLength(2);
  });

  test('refers to each component once, by the address that npm has for it', () => {
    const references = bill.components.map((each) => each['bom-ref']);
    expect(new Set(references).size).toBe(references.length);
    expect(bill.dependencies).toEqual([{ ref: bill.metadata.component['bom-ref'], dependsOn: references }]);
    for (const { name, version, purl } of libraries) {
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    }
  });

  test('comes with the licences themselves', () => {
    const text = readFileSync(join(task, 'licences.txt'), 'utf8');
    for (const { name, version } of libraries) expect(text).toContain(`${name} ${version} (`);
    expect(text).toContain('Permission is hereby granted, free of charge');
    expect(text).toContain('Apache License');
  });

  test('lies where the code does', () => {
    expect(existsSync(join(task, 'handler.mjs'))).toBe(true);
  });
});

/** What may be given on with our own licence. Another one is a decision. */
const LICENCES = new Set<string | undefined>([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-3-Clause',
  'BSD-2-Clause',
  'ISC',
  '0BSD',
]);
