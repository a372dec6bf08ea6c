import type { Manifest } from '../model/manifest.ts';
import type { RowLayout } from '../scoring/layout.ts';
import type { BatchOptions } from './options.ts';
import type { OutputShape } from './world.ts';

/** What the outputs of an input's rows are written of. */
export const outputShapeOf = (
  { signature, labels }: Manifest,
  layout: RowLayout,
  options: Pick<BatchOptions, 'layout'>,
): OutputShape => ({
  signature,
  labels,
  layout,
  kept: layout.kept.map((column) => layout.heading[column] ?? ''),
  aligned: options.layout === 'sagemaker',
});
