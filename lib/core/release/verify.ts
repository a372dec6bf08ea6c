import type { Manifest } from '../model/manifest.ts';
import type { LoadedModel } from '../ports.ts';
import { verifyVersion } from '../registry/verify-versions.ts';
import { compatibilityOf } from './compatibility.ts';
import type { VerifyDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import { verifyGates } from './gates/resolvable.ts';
import type { Release } from './release.ts';
import { type GateResult, verdictOf } from './result.ts';
import { documentOf } from './store.ts';
import type { ReleaseWorld } from './world.ts';

/** Looks whether the version is what was registered, whether clients can go on, and whether its gates can say anything. */
export async function verifyRelease(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id } = release;
  const { verdict, results } = await documentOf(world.store, id, 'verify', () => look(world, release));
  if (verdict !== 'reject') return { release: id, next: 'plan evaluation' };
  return { release: id, next: 'roll back', state: 'rejected', reason: reasonOf(results) };
}

/** What failed, or what is missing, in words. */
export const reasonOf = (results: readonly GateResult[]): string =>
  results
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
    .map(({ sentence }) => sentence)
    .join(' ') || 'No gate applies.';

async function look(world: ReleaseWorld, release: Release): Promise<VerifyDocument> {
  const { registry } = world;
  const { model, version, champion, allowBreaking, options } = release;
  const files = await filesResult(world, release);
  if (files.verdict === 'fail') return { verdict: 'reject', results: [files] };
  const manifest = await registry.manifest(model, version);
  const results = [
    files,
    await graphResult(world, manifest),
    ...verifyGates(options, champion !== undefined && champion !== version),
  ];
  if (champion !== undefined) {
    results.push(compatibilityOf(await registry.manifest(model, champion), manifest, allowBreaking));
  }
  return { verdict: verdictOf(results), results };
}

async function filesResult({ store }: ReleaseWorld, { model, version, manifest }: Release): Promise<GateResult> {
  const found = await Array.fromAsync(verifyVersion(store, model, version, manifest));
  const broken = found.filter(({ severity }) => severity === 'corrupt');
  const name = 'files';
  const numbers = { findings: broken.length };
  if (broken.length === 0) {
    return { name, verdict: 'pass', sentence: 'Every file is what was registered, by its SHA-256.', numbers };
  }
  const sentence = broken.map(({ key, message }) => `${key} ${message}`).join(' ');
  return { name, verdict: 'fail', sentence, numbers };
}

/** The manifest's signature is what clients go by: it must be that of the graph. */
async function graphResult(world: ReleaseWorld, manifest: Manifest): Promise<GateResult> {
  const name = 'graph';
  const loaded = await tried(() => world.model(manifest));
  if ('error' in loaded) {
    return { name, verdict: 'fail', sentence: `It cannot be loaded: ${loaded.error}`, numbers: {} };
  }
  const { inputs, outputs } = loaded.model.signature;
  const told = JSON.stringify([inputs, outputs].map(namesAndTypes));
  if (told === JSON.stringify([manifest.signature.inputs, manifest.signature.outputs].map(namesAndTypes))) {
    return { name, verdict: 'pass', sentence: 'It loads, with the inputs and outputs of its manifest.', numbers: {} };
  }
  return {
    name,
    verdict: 'fail',
    sentence: 'The graph has other inputs or outputs than its manifest says.',
    numbers: {},
  };
}

const namesAndTypes = (specs: LoadedModel['signature']['inputs']) =>
  specs.map(({ name, datatype, shape }) => [name, datatype, shape]);

async function tried(load: () => Promise<LoadedModel>): Promise<{ model: LoadedModel } | { error: string }> {
  try {
    return { model: await load() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
