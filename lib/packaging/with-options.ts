import { join } from 'node:path';
import { filesBelow, hashOf } from './files.ts';
import { stage, type StagedCode } from './staged.ts';

/** A function's code, and beside it what the configuration says of each model: its environment has room for few. */
export function withOptions(
  code: StagedCode,
  { name, file, models }: { readonly name: string; readonly file: string; readonly models: object },
): StagedCode {
  const said = Buffer.from(`${JSON.stringify(models, null, 2)}\n`);
  return stage({
    name,
    inputs: new Map([
      ['code', code.hash],
      [file, hashOf(said)],
    ]),
    make: () => ({
      files: [
        ...filesBelow(code.folder).map((path) => ({ path, from: join(code.folder, path) })),
        { path: file, from: said },
      ],
      sources: [],
    }),
  });
}
