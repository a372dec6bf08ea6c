/** The supervisor is there, hears signals, and waits for a word. */
export interface Begun {
  /** Names its process, as an execution is named. */
  readonly supervisor: string;
}

/** Its record is written: it goes on by itself. */
export const GO = 'go';
