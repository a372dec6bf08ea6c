import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { openWorkplace } from '../cli/registry.ts';
import { LISTEN, listeningOf, serveUntilStopped } from '../cli/serving.ts';

export const serve = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: false,
      description: 'What to serve, one or more; else the live version of every model, later ones too',
    },
    ...LISTEN,
    ...COMMON,
  },
  rest: true,
  examples: ['onnward serve', 'onnward serve iris digits@candidate --host 0.0.0.0 --port 9000'],
  async run(args) {
    const workplace = await openWorkplace(args);
    await serveUntilStopped(workplace, args._, listeningOf(args, workplace));
  },
});
