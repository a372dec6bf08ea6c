import type { Manifest } from '../model/manifest.ts';
import type { Source, Survey } from '../scoring/format.ts';
import { layoutOf, type RowLayout } from '../scoring/layout.ts';
import { objectsLayout } from '../scoring/object-list.ts';
import type { ScoringInput } from '../scoring/shard.ts';
import { atMost } from '../at-most.ts';
import type { BatchOptions } from './options.ts';
import type { BatchWorld } from './world.ts';

/** Inputs that are looked at, at once. */
const AT_ONCE = 16;

/** An input that was looked at. */
export interface SurveyedInput {
  /** With its heading, or its width. */
  readonly source: Source;
  readonly survey: Survey;
  readonly layout: RowLayout;
}

/** Looks at every input, and finds the model's columns in each. Throws `input.*`, and what `layoutOf` throws. */
export function surveyInputs(
  { inputs: open, formats }: Pick<BatchWorld, 'inputs' | 'formats'>,
  inputs: readonly ScoringInput[],
  manifest: Manifest,
  options: BatchOptions,
): Promise<SurveyedInput[]> {
  return atMost(AT_ONCE, inputs, async (input) => {
    const reader = await open(input.store);
    const survey = await formats[input.format].survey({ reader, input });
    const { heading, width } = survey;
    const headed = { ...input, ...(heading && { heading }), ...(width !== undefined && { width }) };
    return { source: { reader, input: headed }, survey, layout: layoutOfInput(headed, manifest, options) };
  });
}

/** How an input's rows become the model's: the same in the plan and in every worker. */
export const layoutOfInput = (input: ScoringInput, manifest: Manifest, options: BatchOptions): RowLayout =>
  input.format === 'objects'
    ? objectsLayout(manifest)
    : layoutOf(manifest.signature, input.heading, options, input.width);
