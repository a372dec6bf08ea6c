import type { GateKind, GateOptions } from './options.ts';

const COMPARATIVE: ReadonlySet<GateKind> = new Set(['nonInferior', 'better', 'noSliceWorse', 'notSlower', 'notLarger']);

/** These look at the data alone, and say nothing of the version. */
const OF_DATA: ReadonlySet<GateKind> = new Set(['enoughRows', 'dataQuality']);

const WITHOUT_ROWS: ReadonlySet<GateKind> = new Set(['sizeBelow', 'notLarger', 'custom']);

/** It compares a version with the live one. */
export const isComparative = ({ gate }: GateOptions): boolean => COMPARATIVE.has(gate);

/** It says something of a version that there is no other one to compare with. */
export const isAbsolute = ({ gate }: GateOptions): boolean => !COMPARATIVE.has(gate) && !OF_DATA.has(gate);

/** It stands on held-out rows. */
export const needsEvaluation = ({ gate }: GateOptions): boolean => !WITHOUT_ROWS.has(gate);
