import { closeSync, openSync, writeSync } from 'node:fs';

/** More than a person reads, and less than a disk: bytes. */
const LONGEST = 256 * 1024 * 1024;

/** All that a trainer prints, in a file, as far as that is reasonable. */
export class TrainerLog {
  readonly #file: number;
  #room = LONGEST;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** A disk that is full ends the log, and not the training. */
  write(bytes: Uint8Array): void {
    if (this.#room <= 0) return;
    this.#room -= bytes.length;
    try {
      writeSync(this.#file, bytes);
      if (this.#room <= 0) writeSync(this.#file, '\n… and more, which is not kept.\n');
    } catch {
      this.#room = 0;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
