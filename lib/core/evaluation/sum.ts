/** A sum as two numbers: what a double holds of it, and the rest that rounding left out. */
export type Sum = readonly [number, number];

/** Adds up without losing digits (Knuth's two-sum): a million terms are as right as one. The order still tells, in bits. */
export class Adding {
  #sum = 0;
  #rest = 0;

  add(term: number): void {
    const sum = this.#sum + term;
    const added = sum - this.#sum;
    this.#rest += this.#sum - (sum - added) + (term - added);
    this.#sum = sum;
  }

  addSum([sum, rest]: Sum): void {
    this.add(sum);
    this.#rest += rest;
  }

  result(): Sum {
    return [this.#sum, this.#rest];
  }
}

export const valueOf = ([sum, rest]: Sum): number => sum + rest;

export function addSums(sums: readonly Sum[]): Sum {
  const adding = new Adding();
  for (const sum of sums) adding.addSum(sum);
  return adding.result();
}
