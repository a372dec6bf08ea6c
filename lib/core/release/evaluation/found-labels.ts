import { invalid } from '../../errors.ts';
import type { Format, Source } from '../../scoring/format.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { ShardPart } from '../../scoring/shard.ts';
import { classesOf, plainLabel } from './classes.ts';

/** Rows that are looked at, and the distinct labels that they may have. */
const MOST_ROWS = 200_000;
const MOST_LABELS = 1000;
const BATCH_ROWS = 1024;

/** The distinct labels of the first rows, for a model that answers with labels that nobody has named. Throws `evaluation.prediction`. */
export async function foundLabels(
  format: Format,
  source: Source,
  { layout, parts }: { readonly layout: RowLayout; readonly parts: readonly ShardPart[] },
): Promise<string[]> {
  const labels = new Set<string>();
  let rows = 0;
  for (const part of parts) {
    for await (const event of format.rows(source, { part, layout, batchRows: BATCH_ROWS })) {
      if ('bad' in event) continue;
      for (const cell of event.batch.kept[0] as readonly string[]) if (cell.trim() !== '') labels.add(plainLabel(cell));
      rows += event.batch.rows;
      if (labels.size > MOST_LABELS) throw tooMany();
    }
    if (rows >= MOST_ROWS) break;
  }
  return classesOf(labels);
}

const tooMany = () =>
  invalid(
    'evaluation.prediction',
    `The label column holds more than ${MOST_LABELS} different labels, which are no classes.`,
    {
      fix: "Set 'task' of the evaluation to 'regression', or register the version with the names of its classes.",
      fields: { limit: MOST_LABELS },
    },
  );
