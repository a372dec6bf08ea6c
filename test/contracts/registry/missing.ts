import { describe, expect, test } from 'vitest';
import { draft } from '../../support/versions.ts';
import { history, newRegistry, type RegistryContract, verified } from './places.ts';

/** Names, versions and aliases that are not there. */
export function missingContract(contract: RegistryContract): void {
  describe('what is not there', () => {
    test('is said with what there is, and what to do', async () => {
      const { registry } = await newRegistry(contract);
      await expect(registry.versions('iris')).rejects.toMatchObject({
        code: 'model.not_found',
        fix: "Run 'onnward register iris PATH'.",
      });
      await registry.register('iris', draft());
      await registry.register('digits', draft());
      await expect(registry.resolve('iri')).rejects.toMatchObject({
        code: 'model.not_found',
        kind: 'not-found',
        message: expect.stringMatching(/^There is no model iri in .*: it has digits, iris\. Did you mean iris\?$/),
      });
      await expect(registry.manifest('iris', 7)).rejects.toMatchObject({
        code: 'version.not_found',
        message: 'iris has no version 7: it has 1.',
      });
      await expect(registry.resolve('iris')).rejects.toMatchObject({
        code: 'alias.not_found',
        message: 'iris has no alias live: it has no aliases.',
        fix: "Run 'onnward alias iris live 1'.",
      });
      await expect(history(registry, 'x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(verified(registry, 'x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(registry.aliases('x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(registry.setAlias('iris', 'live', 7)).rejects.toMatchObject({ code: 'version.not_found' });
      await expect(registry.setAlias('x', 'live', 1)).rejects.toMatchObject({ code: 'model.not_found' });
      expect(await registry.alias('iris', 'live')).toBeUndefined();
      expect(await registry.aliases('iris')).toEqual([]);
    });
  });
}
