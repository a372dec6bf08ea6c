import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { print } from '../cli/output.ts';
import { type Answered, renderPredictions } from '../cli/predictions.ts';
import { openWorkplace } from '../cli/registry.ts';
import { loaderOf } from '../cli/serving.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { readInputs } from '#adapters/local/inputs.ts';
import { inferInProcess } from '#serving/in-process.ts';

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
    ...COMMON,
  },
  rest: true,
  examples: [
    'onnward invoke iris --input examples/iris/heldout.csv --drop species',
    'onnward invoke digits examples/digits/images/*.png',
    `echo '[5.1, 3.5, 1.4, 0.2]' | onnward invoke iris --input - --json`,
  ],
  async run(args) {
    const paths = [...(args.input === undefined ? [] : [args.input]), ...args._.slice(1)];
    if (paths.length === 0)
      throw usageError(
        'missing_input',
        'There is nothing to predict from.',
        'Give --input FILE, or --input - for standard input.',
      );
    const workplace = await openWorkplace(args);
    const resolved = await workplace.registry.resolve(args.ref);
    const model = await loaderOf(workplace, createEngine({ workers: 0 }))(resolved.manifest);
    const answers: Answered[] = [];
    try {
      for await (const { input, name } of readInputs(paths, resolved.manifest, { drop: args.drop?.split(',') ?? [] })) {
        answers.push({
          body: await inferInProcess({ ...resolved, model }, input),
          ...(name !== undefined && { name }),
        });
      }
    } finally {
      await model.close();
    }
    if (args.json) print(`{"responses":[${answers.map(({ body }) => body).join(',')}]}`);
    else print(renderPredictions(answers, resolved.manifest.labels ?? {}));
  },
});
