/** What AWS Lambda bills in us-east-1, US dollars; other regions differ by some per cent. Source: its price page, September 2026. */
export const LAMBDA_PRICES = {
  /** A gigabyte of memory for a second. */
  gigabyteSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  invocation: 0.2 / 1e6,
} as const;

export interface LambdaTime {
  /** Milliseconds; it bills each that was begun. */
  readonly ms: number;
  /** MB of the function. */
  readonly memory: number;
  readonly architecture: keyof typeof LAMBDA_PRICES.gigabyteSecond;
}

/**
 * US dollars of one invocation, to four digits that count: an estimate. What Lambda bills besides is not in it: the runtime's
 * own start, the API before it, logs, and whatever a discount takes off.
 */
export function invocationUsd({ ms, memory, architecture }: LambdaTime): number {
  const seconds = Math.ceil(ms) / 1000;
  const usd = LAMBDA_PRICES.invocation + seconds * (memory / 1024) * LAMBDA_PRICES.gigabyteSecond[architecture];
  return Number(usd.toPrecision(4));
}
