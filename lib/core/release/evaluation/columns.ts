import { invalid, OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import { didYouMean } from '../../nearest.ts';
import { layoutOf, type LayoutOptions, type RowLayout } from '../../scoring/layout.ts';
import type { ScoringInput } from '../../scoring/shard.ts';
import type { EvaluationOptions } from '../options.ts';

/** Columns of held-out rows, and how they become a version's inputs. Of `kept`, the label comes first, then the slices. */
export function layoutFor(manifest: Manifest, input: ScoringInput, options: EvaluationOptions): RowLayout {
  const { label, slices = [] } = options;
  const names = headingOf(input);
  const kept = [label, ...slices].map((name) => names.indexOf(name));
  // A slice may be a feature, too: where the rest alone does not make a row, it is.
  const apart = attempt(manifest, input, options, [label, ...slices]);
  const found = apart instanceof OnnwardError ? attempt(manifest, input, options, [label]) : apart;
  if (!(found instanceof OnnwardError)) return { ...found, kept };
  throw unfit(manifest, apart as OnnwardError);
}

/**
 * The same for the champion: `columns` is said of the challenger, so that it holds for the champion only where it fits.
 * Throws `evaluation.columns`.
 */
export function championLayout(manifest: Manifest, input: ScoringInput, options: EvaluationOptions): RowLayout {
  const { columns, ...rest } = options;
  if (columns === undefined) return layoutFor(manifest, input, options);
  try {
    return layoutFor(manifest, input, options);
  } catch (error) {
    if (error instanceof OnnwardError && error.code === 'evaluation.columns') return layoutFor(manifest, input, rest);
    throw error;
  }
}

/** Throws `evaluation.columns` where the label, or a slice, is none of the columns there are. */
export function checkColumns(
  input: ScoringInput,
  { label, slices = [], drop = [], columns = [] }: EvaluationOptions,
): void {
  const names = headingOf(input);
  const places = { label: [label], slices, drop, columns };
  for (const [option, asked] of Object.entries(places)) {
    const stranger = asked.find((name) => !names.includes(name));
    if (stranger !== undefined) throw noColumn(input, names, option, stranger);
  }
  const twice = slices.find((name, index) => name === label || slices.indexOf(name) !== index);
  if (twice === undefined) return;
  throw invalid('evaluation.columns', `'slices' of the evaluation names '${twice}' twice, or the label.`, {
    fix: 'Name each column once.',
    fields: { column: twice },
  });
}

/** Names of the columns; those of a table without a heading are `column 1` and so on. */
const headingOf = ({ heading, width = 0 }: ScoringInput): readonly string[] =>
  heading ?? Array.from({ length: width }, (_, index) => `column ${index + 1}`);

function attempt(
  { signature }: Manifest,
  input: ScoringInput,
  { columns, drop, missing }: EvaluationOptions,
  keep: readonly string[],
): RowLayout | OnnwardError {
  const given: LayoutOptions = {
    keep,
    ...(columns && { columns }),
    ...(drop && { drop }),
    ...(missing && { missing }),
  };
  try {
    return layoutOf(signature, input.heading, given, input.width);
  } catch (error) {
    if (error instanceof OnnwardError && error.code === 'batch.columns') return error;
    throw error;
  }
}

const unfit = ({ name, version }: Manifest, cause: OnnwardError): OnnwardError =>
  invalid('evaluation.columns', `The held-out rows do not fit ${name}:${version}. ${cause.message}`, {
    fix: "Name the columns that are its input with 'columns' of the evaluation, or leave out those that are none with 'drop'.",
    fields: { ...cause.fields, name, version },
    cause,
  });

/** Comparing a name with more of them takes longer than a person looks for it. */
const MAX_GUESSED = 10_000;

function noColumn(input: ScoringInput, names: readonly string[], option: string, column: string): OnnwardError {
  const shown = names.slice(0, 20).join(', ') + (names.length > 20 ? ', …' : '');
  const guess = names.length > MAX_GUESSED ? '' : didYouMean(column, names);
  return invalid(
    'evaluation.columns',
    `'${option}' of the evaluation names a column '${column}' that ${input.key} does not have; it has ${shown}.${guess}`,
    { fix: 'Name its columns letter for letter.', fields: { column, option, columns: names.length } },
  );
}
