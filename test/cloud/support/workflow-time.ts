import type { EmulatedAws } from './emulated-aws.ts';

/** From now on what a workflow waits is so many times shorter. Timeouts stay as they are. */
export async function shortenWaits(aws: EmulatedAws, times: number): Promise<void> {
  const body = JSON.stringify({ 'stepfunctions._SFN_WAIT_SCALE': 1 / times });
  const answer = await fetch(`${aws.endpoint}/_ministack/config`, { method: 'POST', body });
  const { applied } = (await answer.json()) as { applied: object };
  if (Object.keys(applied).length === 0) throw new Error('the emulator knows no such setting any more');
}
