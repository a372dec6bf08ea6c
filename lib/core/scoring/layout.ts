import type { TensorSpec } from '../model/signature.ts';

/** Which columns make one input of the model. */
export interface InputColumns {
  readonly input: TensorSpec;
  /** Indices into the heading, in the order of the row's elements; one index of a column that holds the whole row's elements as a list or bytes. */
  readonly columns: readonly number[];
  /** The dimensions behind the first; a lone varying one is what the columns make it. */
  readonly rowShape: readonly number[];
}

/** How a row of a table becomes a row of tensors, and what is kept of it besides. */
export interface RowLayout {
  readonly heading: readonly string[];
  /** In signature order. */
  readonly inputs: readonly InputColumns[];
  /** Indices of the columns whose text is kept: the id, the label, or all of them where outputs are joined with inputs. */
  readonly kept: readonly number[];
  /** What a missing value of a float is. */
  readonly missing: 'refuse' | 'nan';
}
