import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print, printJson } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';

export const alias = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Name of the model' },
    alias: { type: 'positional', required: true, description: 'live, candidate, or any name of yours' },
    version: { type: 'positional', required: true, description: 'Number of the version' },
    force: { type: 'boolean', description: 'Move live past its gates; recorded in the history' },
    why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded in the history' },
    ...COMMON,
  },
  examples: ['onnward alias iris candidate 2', 'onnward alias iris live 1 --force --why "2 is slow on small requests"'],
  async run(args) {
    const version = Number(args.version);
    if (!/^[1-9]\d*$/.test(args.version)) {
      throw usageError(
        'not_a_version',
        `VERSION is a whole number from 1, not '${args.version}'.`,
        `Run \`onnward show ${args.name}\`.`,
      );
    }
    const { registry } = await openWorkplace(args);
    const before = await registry.alias(args.name, args.alias);
    const record = await registry.setAlias(args.name, args.alias, version, {
      ...(args.force && { force: true }),
      ...(args.why !== undefined && { why: args.why }),
    });
    if (args.json) printJson({ name: args.name, ...record });
    else print(`${args.name}@${args.alias} is version ${version}${before ? ` (it was ${before.version})` : ''}.`);
  },
});
