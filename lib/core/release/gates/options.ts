import * as v from 'valibot';

/** A rule on evidence, as the configuration has it. */
export const gateOptions = v.looseObject({ gate: v.string('is to name a gate') });

export type GateOptions = v.InferOutput<typeof gateOptions>;
