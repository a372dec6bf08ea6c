/** Numbers as they are looked at: what else a tensor holds is converted first. */
export type Numbers = Float32Array | Float64Array;

/** Where the values of one feature lie among those of others: from `offset`, each `stride` behind the one before. */
interface Placed {
  readonly offset: number;
  readonly stride: number;
}

/** NaN is a missing one. */
export interface NumberValues extends Placed {
  readonly data: Numbers;
}

/** null is a missing one. */
export interface CategoryValues extends Placed {
  readonly data: readonly (string | null)[];
}

/** The values of one feature, a row each. */
export type Column = (NumberValues & { readonly kind: 'number' }) | (CategoryValues & { readonly kind: 'category' });
