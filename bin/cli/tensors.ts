import type { Signature } from '#core/model/signature.ts';
import { typeOf } from '#core/model/tensor.ts';

/** A line each: what goes in, what comes out, and what is left out, with why and the cure. */
export function describeSignature({ inputs, outputs, unserved }: Signature): string[] {
  return [
    ...inputs.map((spec) => `input   ${spec.name} ${typeOf(spec)}`),
    ...outputs.map((spec) => `output  ${spec.name} ${typeOf(spec)}`),
    ...unserved.map(({ name, reason, cure }) => `output  ${name} is not served: ${reason}; ${cure}`),
  ];
}
