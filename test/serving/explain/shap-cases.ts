import { readFileSync } from 'node:fs';

/** What the shap package says of a model that reference.py has made. */
export interface ShapCase {
  readonly name: string;
  readonly model: string;
  readonly rows: readonly (readonly number[])[];
  readonly background: readonly (readonly number[])[];
  readonly parameters: { readonly method?: string };
  /** Drawn by chance: within standard errors. */
  readonly sampled: boolean;
  /** Of the largest value. @default - 1e-6 */
  readonly tolerance: number | null;
  /** By row, by feature, and by class where there are some. */
  readonly expected: readonly (readonly (number | readonly number[])[])[];
  readonly base: number | readonly number[];
}

export const casesIn = (folder: string): ShapCase[] =>
  JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as ShapCase[];
