import type { Tensor } from '#core/model/tensor.ts';
import { halfToNumber } from '#core/model/halves.ts';
import { singlesText } from '#core/model/singles.ts';

/** The elements of a tensor as JSON, without the brackets around: flat, 64-bit integers in full, NaN and ∞ as null. */
export function dataText({ datatype, data }: Tensor): string {
  if (Array.isArray(data)) return JSON.stringify(data).slice(1, -1);
  switch (datatype) {
    case 'FP32':
      return singlesText(data as Float32Array);
    case 'FP16':
      return singlesText(Float32Array.from(data as Uint16Array, halfToNumber));
    case 'FP64':
      return Array.from(data as Float64Array, doubleText).join(',');
    case 'BOOL':
      return Array.from(data as Uint8Array, (truth) => truth !== 0).join(',');
    default:
      return data.join(',');
  }
}

function doubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isFinite(value) ? String(value) : 'null';
}

/** Whether a float tensor holds NaN or an infinity, which JSON has no number for. */
export function hasNonfinite({ datatype, data }: Tensor): boolean {
  if (datatype === 'FP16') return (data as Uint16Array).some((bits) => (bits & 0x7c00) === 0x7c00);
  if (datatype !== 'FP32' && datatype !== 'FP64') return false;
  const floats = data as Float32Array;
  for (let i = 0; i < floats.length; i++) if ((floats[i] as number) - (floats[i] as number) !== 0) return true;
  return false;
}
