import type { Cost } from './document.ts';
import type { Settings } from './settings.ts';

/** Three digits that say something. */
export const milliseconds = (ms: number): string => `${Number(ms.toPrecision(3))} ms`;

/** What is preferred, of a model. */
export function costIn(prefer: Settings['prefer'], { latency, load, bytes }: Cost): string {
  if (prefer === 'size') return `${bytes} bytes`;
  return prefer === 'load' ? `${milliseconds(load.value)} to load` : `${milliseconds(latency.value)} a row`;
}
