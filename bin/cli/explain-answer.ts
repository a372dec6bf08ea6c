/** What `:explain` says of one row. */
export interface ExplanationAnswer {
  readonly method: string;
  readonly exact?: boolean;
  readonly evaluations: number;
  readonly background?: { readonly rows: number; readonly source: string };
  readonly link?: string;
  /** Of a picture. */
  readonly patch?: number;
  readonly fill?: string | number;
  readonly outputs: readonly ExplainedAnswer[];
}

export interface ExplainedAnswer {
  readonly output: string;
  readonly kind: 'score' | 'value' | 'indicator';
  readonly class?: number | string;
  readonly index?: number;
  readonly label?: string;
  readonly prediction: number;
  readonly base?: number;
  readonly contributions?: readonly ContributionAnswer[];
  readonly rest?: number;
  readonly heat?: readonly (readonly number[])[];
}

export interface ContributionAnswer {
  readonly feature: string;
  readonly value: string | number | boolean | null;
  readonly contribution: number;
  readonly error: number;
}

/** What is explained, in a few words. */
export function titleOf({ output, kind, label, index, class: said }: ExplainedAnswer, link?: string): string {
  const which = label ?? said ?? index;
  const of = which === undefined ? output : `${output} of ${which}`;
  if (kind === 'indicator') return `whether ${output} says ${which}`;
  return link === 'logit' ? `log odds of ${of}` : of;
}

/** Four digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

export const signed = (value: number): string => (value < 0 ? short(value) : `+${short(value)}`);

/** A value of the row, on one line. */
export function shownValue(value: ContributionAnswer['value']): string {
  if (value === null) return 'missing';
  const text = typeof value === 'number' ? short(value) : String(value);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** Where its numbers are from. */
export function howOf({ method, exact, evaluations, background }: ExplanationAnswer): string {
  const against = background ? `, against ${background.rows} rows of the ${background.source}` : '';
  return `${method}${exact === false ? ', sampled' : ''}${against}, ${evaluations} rows asked`;
}
