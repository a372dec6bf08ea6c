/** What was fetched of a channel. */
export interface FetchedChannel {
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 of a line `sha256  path` for each of its files, in order. */
  readonly sha256: string;
}

/** The state of the checkpoints that a trainer goes on from. */
export interface Restored {
  /** Number of the snapshot. */
  readonly snapshot: number;
  /** When it was taken, ISO 8601: what was printed later will be printed again. */
  readonly at: string;
}

/** What `fetch` leaves on the machine for the agent beside it, once it has ended, well or not. */
export interface Fetched {
  readonly at: string;
  /** What this run of the job is called, where whoever runs jobs has a name for it: another's is not ours. */
  readonly run?: string;
  /** Hosts that the training was begun on, this one too. */
  readonly attempt: number;
  /** Of the trainer, on hosts before. */
  readonly seconds: number;
  readonly channels: Readonly<Record<string, FetchedChannel>>;
  /** @default - there was no snapshot: the trainer begins anew */
  readonly restored?: Restored;
  /** Why there is nothing to train with. @default - all is there */
  readonly failure?: { readonly code: string; readonly message: string };
}
