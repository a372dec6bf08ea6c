/** Where captured requests go. */
export interface CaptureSink {
  /** Takes a line, without its end, of a request that is answered now, ms since 1970. Never waits, never throws. */
  add(model: string, line: string, now: number): void;
}
