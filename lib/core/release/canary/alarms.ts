import type { GateResult } from '../result.ts';
import type { Judging } from './judging.ts';

/** An alarm of the model that was raised since the canary began is reason enough, whatever the numbers say. */
export function alarmResult({ raised }: Pick<Judging, 'raised'>): GateResult {
  const names = raised.join(', ');
  return {
    name: 'alarms of the model',
    verdict: raised.length > 0 ? 'fail' : 'pass',
    sentence:
      raised.length > 0 ? `Raised since the canary began: ${names}.` : 'No alarm was raised since the canary began.',
    numbers: { raised: raised.length, names },
  };
}
