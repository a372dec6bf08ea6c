import type { CaptureOptions } from './options.ts';

/** Requests a second that are captured where nobody says. */
const PER_SECOND = 10;

/** Says which requests are captured: a share of them by chance, and of these so many a second, a second's worth at once. */
export class CaptureSampler {
  readonly #share: number;
  readonly #perSecond: number;
  readonly #random: () => number;
  #tokens: number;
  #filledAt = Number.NaN;

  /** `random` gives numbers from 0 up to, and without, 1. */
  constructor({ percent = 100, perSecond = PER_SECOND }: CaptureOptions, random: () => number) {
    this.#share = percent / 100;
    this.#perSecond = perSecond;
    this.#random = random;
    this.#tokens = perSecond;
  }

  /** `now` in milliseconds; a clock that is set back gives no tokens. */
  takes(now: number): boolean {
    if (this.#share < 1 && this.#random() >= this.#share) return false;
    const passed = now - this.#filledAt;
    if (passed > 0) this.#tokens = Math.min(this.#perSecond, this.#tokens + (passed * this.#perSecond) / 1000);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
