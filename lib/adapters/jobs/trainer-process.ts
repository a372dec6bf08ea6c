import type { LogLine } from '#core/training/agent/lines.ts';

export type { LogLine } from '#core/training/agent/lines.ts';

/** How a trainer stands with whoever runs it. */
export interface TrainerStatus {
  /** `waiting`: its inputs are on their way, or it has yet to be begun. */
  readonly state: 'waiting' | 'running' | 'exited';
  /** Of one that has exited; 128 and the number of the signal that ended it. @default 1 */
  readonly exitCode?: number;
  /** Why it ended, as far as it does not say itself. @default - nothing is known */
  readonly reason?: string;
  /** Its host goes away, or somebody ends the job. @default false */
  readonly stopping?: boolean;
}

/** The trainer as its agent sees it: a container beside it, or a child process. */
export interface TrainerProcess {
  /** May throw: it is asked again. */
  status(): Promise<TrainerStatus>;
  /** What it has printed since this was last asked. May throw: it is asked again. */
  lines(): Promise<readonly LogLine[]>;
  /** Once it has exited: what it has printed since, all of it. @default - `lines` has it */
  lastLines?(): Promise<readonly LogLine[]>;
  /** Asks it to end, where that is the agent's to do. @default - whoever stops the job does */
  stop?(): Promise<void>;
}
