/** One thing that is not as Onnward wrote it. */
export interface Finding {
  /** `corrupt`: changed or lost since it was written. `note`: what a writer that died, or is still at work, leaves behind. */
  readonly severity: 'corrupt' | 'note';
  /** Stable, `what.how`: `history.touched`, `manifest.missing`, `file.touched`, `alias.behind`, … */
  readonly code: string;
  /** Key of the object in the store. */
  readonly key: string;
  /** A sentence that begins with the key. */
  readonly message: string;
}

export const corruption = (code: string, key: string, what: string): Finding => ({
  severity: 'corrupt',
  code,
  key,
  message: `${key} ${what}`,
});

export const note = (code: string, key: string, what: string): Finding => ({
  severity: 'note',
  code,
  key,
  message: `${key} ${what}`,
});
