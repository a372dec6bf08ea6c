/** What a list of preferences (RFC 9110, 12.4.2) names, in lower case, with its weight: 1 where it has none. */
export function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...rest] = item.split(';');
    const weight = rest.map((part) => /^\s*q\s*=\s*([\d.]+)\s*$/.exec(part)?.[1]).find((text) => text !== undefined);
    weights.set(name.trim(), weight === undefined ? 1 : Number(weight));
  }
  return weights;
}
