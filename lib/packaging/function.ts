import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OnnwardError } from '#core/errors.ts';
import { bundle } from './bundle.ts';
import { licenceTexts } from './packages.ts';
import { root } from './root.ts';
import { stage, type StagedCode } from './staged.ts';

/**
 * A function without a model: `functions/<name>/handler.ts`, bundled to `handler.mjs`, which Lambda calls as
 * `handler.handler`. Throws `packaging.no_function`, `packaging.bundle`.
 */
export function stageFunction(name: string): StagedCode {
  const entry = `functions/${name}/handler.ts`;
  if (!existsSync(join(root, entry))) throw noFunction(name);
  return stage({
    name: `function-${name}`,
    inputs: new Map(),
    make: () => {
      const { files, sources, packages } = bundle({ handler: entry });
      const licences = { path: 'licences.txt', from: Buffer.from(licenceTexts(packages)) };
      return { files: [...files, licences], sources };
    },
  });
}

function noFunction(name: string): OnnwardError {
  const names = readdirSync(join(root, 'functions'));
  return new OnnwardError(`there is no function '${name}'; those there are: ${names.join(', ')}`, {
    code: 'packaging.no_function',
    kind: 'not-found',
    fields: { name },
  });
}
