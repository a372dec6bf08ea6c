import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print } from '../cli/output.ts';
import { type Answered, renderPredictions } from '../cli/predictions.ts';
import { checkRemote, openHere, openRemote } from '../cli/respondent.ts';
import { readInputs } from '#adapters/local/inputs.ts';

export const invoke = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    file: {
      type: 'positional',
      required: false,
      description: 'JSON, CSV, PNG or JPEG, one or more; - is standard input',
    },
    input: { type: 'string', valueHint: 'FILE', description: 'The same as FILE' },
    drop: { type: 'string', valueHint: 'A,B', description: 'Columns of a CSV that are no input' },
    remote: { type: 'boolean', description: 'Ask the deployed stage, or the server at --url, instead of this machine' },
    stage: { type: 'string', valueHint: 'NAME', description: 'Which stage --remote asks (default: the first)' },
    url: { type: 'string', valueHint: 'URL', description: 'Which server --remote asks: any of the protocol' },
    ...COMMON,
  },
  rest: true,
  examples: [
    'onnward invoke iris --input examples/iris/heldout.csv --drop species',
    'onnward invoke digits examples/digits/images/*.png',
    `echo '[5.1, 3.5, 1.4, 0.2]' | onnward invoke iris --input - --json`,
    'onnward invoke iris --remote --input examples/iris/heldout.csv --drop species',
  ],
  async run(args) {
    const paths = [...(args.input === undefined ? [] : [args.input]), ...args._.slice(1)];
    if (paths.length === 0)
      throw usageError(
        'missing_input',
        'There is nothing to predict from.',
        'Give --input FILE, or --input - for standard input.',
      );
    checkRemote(args);
    const respondent = await (args.remote ? openRemote(args) : openHere(args));
    const { description } = respondent;
    const answers: Answered[] = [];
    try {
      for await (const { input, name } of readInputs(paths, description, { drop: args.drop?.split(',') ?? [] })) {
        answers.push({ body: await respondent.answer(input), ...(name !== undefined && { name }) });
      }
    } finally {
      await respondent.close();
    }
    if (args.json) print(`{"responses":[${answers.map(({ body }) => body).join(',')}]}`);
    else print(renderPredictions(answers, description.labels ?? {}));
  },
});
