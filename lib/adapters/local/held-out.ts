import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, OnnwardError } from '#core/errors.ts';
import { didYouMean } from '#core/nearest.ts';
import { findData } from '#core/release/evaluation/data.ts';
import { expectResolvable } from '#core/release/gates/resolvable.ts';
import type { EvaluationOptions, ReleaseOptions } from '#core/release/options.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import type { Survey } from '#core/scoring/format.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import type { ScoringInput } from '#core/scoring/shard.ts';
import { inflate } from '../formats/gzip.ts';
import { parquetFormat } from '../formats/parquet.ts';
import { openInputs } from '../inputs.ts';

/**
 * Looks at the held-out rows that a model's configuration names, where they lie on this machine: whether they have the columns, and
 * are enough for the gates, as far as a look at their first megabyte tells. What cannot be read is left to the release.
 * Throws `config.invalid`, `release.unresolvable`.
 */
export async function checkHeldOut(model: string, options: ReleaseOptions, folder: string): Promise<void> {
  checkModules(model, options, folder);
  const { evaluation } = options;
  const survey = evaluation && (await surveyOf(evaluation.data, folder));
  if (!survey) return;
  checkColumns(model, evaluation, survey);
  // An estimate can be too low, and refuses nothing.
  if (survey.exact) expectEnough(model, options, survey.rows);
}

function expectEnough(model: string, options: ReleaseOptions, rows: number): void {
  try {
    expectResolvable(options, rows);
  } catch (error) {
    if (!(error instanceof OnnwardError)) throw error;
    const { code, kind, fix, fields } = error;
    const path = `models.${model}.${String(fields['path'])}`;
    throw new OnnwardError(`models.${model}.${error.message}`, {
      code,
      kind,
      ...(fix !== undefined && { fix }),
      fields: { ...fields, path },
    });
  }
}

/** Undefined where there is no such file here, or none that can be read. */
async function surveyOf(data: string, folder: string): Promise<Survey | undefined> {
  const path = resolve(folder, data.replace(/^file:/, ''));
  if (data.startsWith('s3://') || !existsSync(path) || !statSync(path).isFile()) return undefined;
  try {
    const input = await findData({ store: { url: 'file:' }, inputs: openInputs }, `file:${path}`);
    return await formatFor(input).survey({ reader: await openInputs(input.store), input });
  } catch (error) {
    if (error instanceof OnnwardError) return undefined;
    throw error;
  }
}

function formatFor({ format }: ScoringInput) {
  if (format === 'csv') return csvFormat({ inflate });
  return format === 'jsonl' ? jsonlFormat({ inflate }) : parquetFormat();
}

function checkColumns(model: string, { label, slices = [] }: EvaluationOptions, { heading }: Survey): void {
  if (!heading) return;
  const named = { label: [label], slices };
  for (const [field, columns] of Object.entries(named)) {
    const unknown = columns.find((column) => !heading.includes(column));
    if (unknown === undefined) continue;
    const problem = `is '${unknown}', and the columns of the held-out rows are ${heading.join(', ')}.`;
    throw mistake(`models.${model}.evaluation.${field}`, problem + didYouMean(unknown, heading));
  }
}

/** A gate of the user's own that is a file beside the configuration. */
function checkModules(model: string, { gates = [] }: ReleaseOptions, folder: string): void {
  for (const [index, gate] of gates.entries()) {
    if (gate.gate !== 'custom' || gate.run.startsWith('arn:') || existsSync(resolve(folder, gate.run))) continue;
    throw mistake(`models.${model}.gates.${index}.run`, `is ${gate.run}, and there is no such file beside it.`);
  }
}

const mistake = (path: string, problem: string) =>
  invalid('config.invalid', `${path} ${problem}`, {
    fix: `Correct ${path} in onnward.config.ts and run the command again.`,
    fields: { issues: [{ path, message: problem }] },
  });
