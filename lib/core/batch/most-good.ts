import type { RowLayout } from '../scoring/layout.ts';
import type { ScoringInput } from '../scoring/shard.ts';
import type { SurveyedInput } from './survey.ts';

/** A cell of text: a digit, and what stands before the next. */
const CELL_BYTES = 2;

/**
 * How many rows of the inputs can be good at most, whatever an estimate says: as many as were counted; of text that was
 * not, as many as fit into its bytes with the cells that a good row needs. Infinity where one is compressed: bytes say
 * nothing there.
 */
export const mostGoodRows = (surveyed: readonly Pick<SurveyedInput, 'source' | 'survey' | 'layout'>[]): number =>
  surveyed.reduce(
    (sum, { source: { input }, survey, layout }) => sum + (survey.exact ? survey.rows : mostWithin(input, layout)),
    0,
  );

function mostWithin({ compression, size }: ScoringInput, layout: RowLayout): number {
  // The last line may be without its end.
  return compression ? Infinity : Math.floor((size + 1) / leastBytes(layout));
}

/** Of a good row; where a cell may be empty there is nothing of it but, at most, what ends its line. */
function leastBytes({ inputs, missing }: RowLayout): number {
  if (missing === 'nan' || inputs.some(({ input }) => input.datatype === 'BYTES')) return 1;
  return CELL_BYTES * Math.max(1, new Set(inputs.flatMap(({ columns }) => columns)).size);
}
