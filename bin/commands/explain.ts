import { writeFile } from 'node:fs/promises';
import { COMMON, usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import type { ExplanationAnswer } from '../cli/explain-answer.ts';
import { checkPlot, EXPLAIN, parametersOf } from '../cli/explain-options.ts';
import { type ExplainedRow, rowsOf, spread } from '../cli/explain-rows.ts';
import { explanationSvg } from '../cli/explain-svg.ts';
import { renderExplanation } from '../cli/explain-text.ts';
import { print, printJson, say } from '../cli/output.ts';
import { checkRemote, openHere, openRemote, type Respondent } from '../cli/respondent.ts';

/** Rows that are compared with, of a file that has more. */
const BACKGROUND_ROWS = 100;

const MOST_ROWS = 100;

export const explain = defineCommand({
  args: {
    ref: {
      type: 'positional',
      required: true,
      description: 'name, name@alias or name:version; a bare name is its live version',
    },
    file: {
      type: 'positional',
      required: false,
      description: 'JSON, CSV, PNG or JPEG: the rows to explain; - is standard input',
    },
    input: { type: 'string', valueHint: 'FILE', description: 'The same as FILE' },
    drop: { type: 'string', valueHint: 'A,B', description: 'Columns of a CSV that are no input' },
    background: {
      type: 'string',
      valueHint: 'FILE',
      description: `Rows to compare with, ${BACKGROUND_ROWS} of them (default: those of the baseline)`,
    },
    top: { type: 'string', valueHint: 'N', description: 'Only the N largest contributions' },
    ...EXPLAIN,
    out: { type: 'string', valueHint: 'FILE', description: 'Write a plot of one row, SVG' },
    remote: { type: 'boolean', description: 'Ask the deployed stage, or the server at --url, instead of this machine' },
    stage: { type: 'string', valueHint: 'NAME', description: 'Which stage --remote asks (default: the first)' },
    url: { type: 'string', valueHint: 'URL', description: 'Which server --remote asks' },
    ...COMMON,
  },
  examples: [
    `echo '[6.3, 3.4, 5.6, 2.4]' | onnward explain iris --input - --background examples/iris/heldout.csv --drop species`,
    'onnward explain digits examples/digits/images/7.png --out seven.svg',
    'onnward explain iris --remote --input row.json --top 3',
  ],
  async run(args) {
    const parameters = parametersOf(args);
    const path = args.input ?? args.file;
    if (path === undefined || (args.input !== undefined && args.file !== undefined))
      throw usageError(
        'missing_input',
        'There is to be one file of rows to explain.',
        'Give --input FILE, or --input - for standard input.',
      );
    checkRemote(args);
    const respondent = await (args.remote ? openRemote(args) : openHere(args));
    try {
      const drop = args.drop?.split(',') ?? [];
      const rows = await rowsOf([path], respondent.description, drop);
      if (rows.length > MOST_ROWS)
        throw usageError(
          'too_many_rows',
          `${path} has ${rows.length} rows, ${MOST_ROWS} at most are explained.`,
          'Give a file with those that matter.',
        );
      checkPlot(args.out, rows.length);
      const background = await backgroundOf(args.background, respondent, drop);
      const answers = await answersOf(respondent, rows, { ...parameters, ...(background && { background }) });
      if (args.json) printJson({ explanations: answers });
      else
        print(
          answers
            .map((answer, index) => renderExplanation(rows[index]!.name ?? String(index + 1), answer))
            .join('\n\n'),
        );
      const [only] = answers;
      if (args.out !== undefined && only) await plot(args.out, only);
    } finally {
      await respondent.close();
    }
  },
});

async function backgroundOf(path: string | undefined, { description }: Respondent, drop: readonly string[]) {
  if (path === undefined) return undefined;
  const rows = await rowsOf([path], description, drop);
  const some = spread(rows, BACKGROUND_ROWS);
  if (some.length < rows.length)
    say(`Compared with ${some.length} of the ${rows.length} rows of ${path}, evenly spaced.`);
  return some.map(({ row }) => row);
}

/** One request a row: each has all that a request may ask of the model. */
async function answersOf(respondent: Respondent, rows: readonly ExplainedRow[], parameters: object) {
  const answers: ExplanationAnswer[] = [];
  for (const { row } of rows) {
    const body = JSON.stringify({ instances: [row], parameters });
    const { explanations } = JSON.parse(await respondent.explain(body)) as { explanations: [ExplanationAnswer] };
    answers.push(explanations[0]);
  }
  return answers;
}

async function plot(path: string, answer: ExplanationAnswer): Promise<void> {
  await writeFile(path, explanationSvg(answer, answer.outputs[0]!));
  say(`${path} is written.`);
}
