/** How often an agent does what, and for how long it waits; milliseconds. */
export interface AgentPace {
  /** Between two looks at the trainer. */
  readonly lookMs: number;
  /** Between two writes of its progress, at least. */
  readonly progressMs: number;
  /** Between two looks whether it is to be stopped. */
  readonly stopMs: number;
  /** Between two signs of life of who takes out what was left, and between two looks of who waits for its turn. */
  readonly turnMs: number;
  /** For which a trainer that was told to end is waited for: SageMaker gives it 120 s, and taking out takes the rest. */
  readonly leaveMs: number;
  /** For which it is waited whether a trainer that a signal has ended was ended by who ends jobs. */
  readonly signalledMs: number;
  /** For which a store is asked again that does not answer, before what the trainer has made is given up. */
  readonly patienceMs: number;
  /** The same of snapshots while it trains: there will be another one. */
  readonly snapshotPatienceMs: number;
}

export const PACE: AgentPace = {
  lookMs: 1000,
  progressMs: 2000,
  stopMs: 5000,
  turnMs: 10_000,
  leaveMs: 75_000,
  signalledMs: 5000,
  patienceMs: 30 * 60_000,
  snapshotPatienceMs: 30_000,
};
