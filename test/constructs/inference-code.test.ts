import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceService, type InferenceServiceOptions } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { stageInference } from '#packaging/inference.ts';
import { type App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newApp } from './synth.ts';

/** An app with a stack of two services, whose images go to a repository of ours unless told otherwise. */
function appWith(options: InferenceServiceOptions, repository: string | null = 'onnward-dev-inference'): Stack {
  const imageAssetsRepositoryName = repository ?? undefined;
  const synthesizer = new DefaultStackSynthesizer({ ...(imageAssetsRepositoryName && { imageAssetsRepositoryName }) });
  const stack = new Stack(newApp(), 'Test', { synthesizer });
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  for (const model of ['iris', 'digits']) {
    new InferenceService(stack, model, { stage: 'dev', model, registry, liveAliases, ...options });
  }
  return stack;
}

interface Assets {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string; readonly packaging: string } }>>;
  readonly dockerImages: Readonly<
    Record<
      string,
      {
        readonly source: { readonly directory: string; readonly platform: string };
        readonly destinations: Readonly<Record<string, { readonly repositoryName: string; readonly imageTag: string }>>;
      }
    >
  >;
}

/** What `cdk deploy` builds and uploads for the stack. */
function assetsOf(stack: Stack): Assets & { readonly folder: string } {
  const { directory } = (stack.node.root as App).synth();
  const assets = JSON.parse(readFileSync(join(directory, 'Test.assets.json'), 'utf8')) as Assets;
  return { ...assets, folder: directory };
}

describe('images', () => {
  test.each([
    ['arm64', 'linux/arm64'],
    ['x86_64', 'linux/amd64'],
  ] as const)(
    'of %s are built for %s, once for all models, and pushed to the repository of ours',
    (architecture, platform) => {
      const { dockerImages, folder } = assetsOf(appWith({ packaging: 'image', architecture }));
      expect(Object.values(dockerImages)).toHaveLength(1);
      const [hash, image] = Object.entries(dockerImages)[0]!;
      expect(image.source).toMatchObject({ platform });
      expect(existsSync(join(folder, image.source.directory, 'Dockerfile'))).toBe(true);
      expect(Object.values(image.destinations)).toEqual([
        expect.objectContaining({ repositoryName: 'onnward-dev-inference', imageTag: hash }),
      ]);
    },
  );

  const WARNING = Match.stringLikeRegexp('ImageRepository.*imageAssetsRepositoryName');

  test('in the repository of `cdk bootstrap` are warned of', () => {
    const stack = appWith({ packaging: 'image' }, null);
    Annotations.fromStack(stack).hasWarning('/Test/iris/Function', WARNING);
  });

  test.each<[string, InferenceServiceOptions, string | null]>([
    ['in one of ours', { packaging: 'image' }, 'mine'],
    ['that are none', { packaging: 'zip' }, null],
    ['that are restored from snapshots', { packaging: 'image', snapStart: true }, 'mine'],
  ])('%s are not', (_, options, repository) => {
    Annotations.fromStack(appWith(options, repository)).hasNoWarning('*', Match.anyValue());
  });
});

describe('zips', () => {
  test.each(['arm64', 'x86_64'] as const)('of %s are made once for all models, of what is staged', (architecture) => {
    const { files, folder } = assetsOf(appWith({ packaging: 'zip', architecture }));
    const zips = Object.values(files).filter(({ source }) => source.packaging === 'zip');
    // Inference, and the provider of aliases.
    expect(zips).toHaveLength(2);
    const inference = zips.find(({ source }) => existsSync(join(folder, source.path, 'node_modules')))!;
    const staged = stageInference({ packaging: 'zip', architecture }).folder;
    expect(readdirSync(join(folder, inference.source.path)).sort()).toEqual(readdirSync(staged).sort());
  });

  test('of two syntheses are the same', () => {
    const [one, other] = [assetsOf(appWith({ packaging: 'zip' })), assetsOf(appWith({ packaging: 'zip' }))];
    const hashes = ({ files }: Assets) => Object.keys(files).sort();
    expect(hashes(one)).toEqual(hashes(other));
  });
});
