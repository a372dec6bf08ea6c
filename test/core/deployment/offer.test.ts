import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { offerOf } from '#core/deployment/offer.ts';
import { parseReference } from '#core/model/reference.ts';
import { Registry } from '#core/registry/registry.ts';
import { newFolder } from '../../support/folders.ts';
import { draft, source } from '../../support/versions.ts';

const newRegistry = async (): Promise<Registry> =>
  new Registry(await openStore(`file:${newFolder()}`), { clock: Date.now, actor: 'test' });

const register = (registry: Registry, content: string) =>
  registry.register('iris', draft(content, { sources: [source('model.onnx', content)] }));

let stage: Registry;
let atHand: Registry;

beforeEach(async () => {
  stage = await newRegistry();
  atHand = await newRegistry();
});

const offer = (reference?: string, sources: { stage?: Registry; atHand?: Registry } = { stage, atHand }) =>
  offerOf('iris', reference === undefined ? undefined : parseReference(reference), sources);

describe('a model that the stage has', () => {
  beforeEach(async () => {
    await register(stage, 'one');
    await register(stage, 'two');
    await register(atHand, 'other');
    await atHand.setAlias('iris', 'live', 1);
  });

  test('is what its registry records as live', async () => {
    await stage.setAlias('iris', 'live', 2);
    expect(await offer()).toEqual({ from: 'record', version: 2 });
  });

  test('is what is named of it, by number or alias', async () => {
    await stage.setAlias('iris', 'candidate', 1);
    expect(await offer('iris:2')).toEqual({ from: 'name', version: 2 });
    expect(await offer('iris@candidate')).toEqual({ from: 'name', version: 1 });
  });

  test('a version that it lacks is not taken from elsewhere', async () => {
    await register(atHand, 'second');
    await register(atHand, 'third');
    await expect(offer('iris:3')).rejects.toMatchObject({ code: 'version.not_found' });
  });

  test('with none live comes from the registry at hand, where it is live', async () => {
    expect(await offer()).toMatchObject({ from: 'copy', manifest: { version: 1 } });
  });

  test('with none live anywhere is nothing, and what there is is told', async () => {
    expect(await offer(undefined, { stage })).toEqual({ from: 'nothing', versions: [1, 2] });
  });
});

describe('a model that the stage lacks', () => {
  beforeEach(async () => {
    await register(atHand, 'one');
    await register(atHand, 'two');
  });

  test('comes from the registry at hand: what is live there, or what is named', async () => {
    await atHand.setAlias('iris', 'live', 1);
    expect(await offer()).toMatchObject({ from: 'copy', manifest: { version: 1 } });
    expect(await offer('iris:2')).toMatchObject({ from: 'copy', manifest: { version: 2 } });
    expect(await offer('iris', { atHand })).toMatchObject({ from: 'copy', manifest: { version: 1 } });
  });

  test('is nothing where none is live and none is named', async () => {
    expect(await offer()).toEqual({ from: 'nothing', versions: [] });
    expect(await offer(undefined, {})).toEqual({ from: 'nothing', versions: [] });
  });

  test('is refused where what is named is nowhere', async () => {
    await expect(offer('iris:9')).rejects.toMatchObject({ code: 'version.not_found' });
    await expect(offer('iris:1', { stage })).rejects.toMatchObject({ code: 'model.not_found' });
  });

  test('counts a registration that died as lacking', async () => {
    const dying = { ...source('model.onnx', 'x'), sha256: '0'.repeat(64) };
    await expect(stage.register('iris', draft('x', { sources: [dying] }))).rejects.toThrow();
    expect(await offer('iris:2')).toMatchObject({ from: 'copy', manifest: { version: 2 } });
  });
});
